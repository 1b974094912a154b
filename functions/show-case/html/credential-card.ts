import { blastRadius } from '../../core/case-view/blast-radius.ts';
import {
  expiryWords,
  idWords,
  kindWords,
  livenessWords,
  ownerName,
  placeWords,
  roleName,
  scopeWords,
} from '../../core/case-view/credential-words.ts';
import type { Finding } from '../../core/finding.ts';
import { withoutSecrets } from '../../core/hostile-text.ts';
import { pageLinks } from '../../core/page-links.ts';
import type { EpochMs } from '../../core/time.ts';
import type { Credential } from '../../core/token-use.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { timeOf } from '../../runtime/page/time.ts';

/** The most scopes a card lists; GitLab knows some thirty. */
const SCOPES_SHOWN = 30;

/** How far somebody gets who holds the credential. */
export function blastRadiusNote({ credential }: Finding, now: EpochMs): Html {
  return html`<p class="credential-blast"><strong>Blast radius.</strong> ${blastRadius(credential, now)}</p>`;
}

/** Everything known of a finding's credential. */
export function credentialCard(finding: Finding, now: EpochMs, gitlabUrl: string | undefined): Html {
  const { credential } = finding;
  const { links } = pageLinks({ findings: [finding], gitlabUrl, dashboardLink: undefined, execution: undefined });
  return html`<dl class="credential-card">
${row('Kind', kindWords(credential.kind))}
${row('Name', credential.name === undefined ? 'not known' : withoutSecrets(credential.name, 200))}
${row('Id', html`<code>${idWords(credential)}</code>`)}
${row('Scopes', scopeList(credential))}
${row('Owner', ownerText(credential))}
${credential.accessLevel !== undefined && row('Role', roleName(credential.accessLevel))}
${row('Belongs to', placeWords(credential) ?? (credential.kind === 'personal' ? 'its owner, everywhere they may go' : 'not known'))}
${row('Made or last rotated', instantText(credential.createdAt))}
${row('Last used', instantText(credential.lastUsedAt))}
${row('Expires', expiryWords(credential, now))}
${row('State', livenessWords(finding, now))}
${links.length > 0 && row('At GitLab', html`<ul>${links.map(({ href, text }) => html`<li><a href="${href}" rel="noreferrer">${text}</a></li>`)}</ul>`)}
</dl>`;
}

function row(term: string, value: Content): Html {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`;
}

function scopeList({ scopes }: Credential): Content {
  if (scopes === undefined) return 'not known, which is not "none"';
  if (scopes.length === 0) return 'none: it opens nothing';
  const shown = scopes.slice(0, SCOPES_SHOWN);
  const more = scopes.length - shown.length;
  return html`<ul>${shown.map(
    (scope) =>
      html`<li><code>${withoutSecrets(scope, 60)}</code>: ${scopeWords(scope) ?? 'not known to this version, counted as read access'}</li>`,
  )}${more > 0 && html`<li>and ${more} more; the JSON has them</li>`}</ul>`;
}

function ownerText(credential: Credential): string {
  const { owner } = credential;
  const name = ownerName(credential);
  if (credential.kind === 'deploy-token') return 'none';
  if (owner === undefined || name === undefined) return 'not known';
  const what = owner.bot === true ? ' (a bot: no person holds it)' : '';
  const admin = owner.admin === true ? ', an instance administrator' : '';
  const id = owner.username === undefined ? '' : `, user ${owner.id}`;
  return `${name}${id}${what}${admin}`;
}

function instantText(at: EpochMs | undefined): Content {
  return at === undefined ? 'not known' : timeOf(at);
}

/** See `FINDINGS_STYLE`. */
export const CREDENTIAL_STYLE = `
.credential-blast { margin: 0.75rem 0 0; padding: 0.6rem 0.8rem; border-left: 4px solid var(--caution);
  background: var(--caution-paper); }
.credential-card { margin: 0; }
.credential-card div { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: 0 0.75rem; padding: 0.3rem 0;
  border-top: 1px solid var(--line); }
.credential-card dt { color: var(--ink-soft); }
.credential-card dd { margin: 0; overflow-wrap: anywhere; }
.credential-card ul { margin: 0; padding-left: 1.1rem; }
@media (max-width: 30rem) {
  .credential-card div { grid-template-columns: minmax(0, 1fr); }
}
`;
