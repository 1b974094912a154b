import type { Finding } from './finding.ts';
import { holdsToken, idText } from './hostile-text.ts';
import { type Credential, isResourcePath } from './token-use.ts';

/** What links are made of. Nothing a client or a token's owner wrote becomes one without matching a strict form. */
export interface PageLinkFacts {
  readonly findings: readonly Finding[];
  /** Root of the GitLab site; undefined where unknown. */
  readonly gitlabUrl: string | undefined;
  /** `dashboard_link` as the alert wrote it; used only when it is https and Cloudflare's. */
  readonly dashboardLink: string | undefined;
  /** ARN of the Step Functions execution; undefined where unknown. */
  readonly execution: string | undefined;
}

interface Link {
  readonly href: string;
  readonly text: string;
}

const LINKS_KEPT = 8;

/** Where on-call looks next: the credential at GitLab, the traffic at Cloudflare, the investigation itself. */
export function pageLinks(facts: PageLinkFacts): { links: Link[]; client_url: string | undefined } {
  const links = facts.findings.slice(0, 3).flatMap(({ credential }) => credentialLinks(credential, facts.gitlabUrl));
  const dashboard = cloudflareLink(facts.dashboardLink);
  if (dashboard !== undefined) links.push({ href: dashboard, text: 'The traffic at Cloudflare' });
  const execution = executionLink(facts.execution);
  if (execution !== undefined) links.push({ href: execution, text: 'The investigation, step by step' });
  return { links: unique(links.filter(({ href }) => !holdsToken(href))).slice(0, LINKS_KEPT), client_url: execution };
}

/**
 * The page of the case, which tells more than a pager or a chat can: before all other links. It is our own, and kept as
 * it is, as a signature may look like any secret.
 */
export function caseLinks(caseUrl: string | undefined): Link[] {
  return caseUrl === undefined ? [] : [{ href: caseUrl, text: 'The case: what happened, and how sure Latchkey is' }];
}

/** The alert's dashboard link, when it leads to cloudflare.com over https; a missing scheme is added. */
export function cloudflareLink(link: string | undefined): string | undefined {
  if (link === undefined || link.length > 1000) return undefined;
  const url = URL.parse(/^[a-z][a-z+.-]*:/i.test(link) ? link : `https://${link}`);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  const isCloudflare = url.hostname === 'cloudflare.com' || url.hostname.endsWith('.cloudflare.com');
  return isCloudflare && url.port === '' ? url.href : undefined;
}

const EXECUTION_ARN = /^arn:aws:states:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:execution:[\w-]{1,80}:[\w.-]{1,90}$/;

function executionLink(arn: string | undefined): string | undefined {
  const region = arn === undefined ? undefined : EXECUTION_ARN.exec(arn)?.[1];
  if (region === undefined) return undefined;
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${arn}`;
}

/** A user name or full path as GitLab allows them: nothing that could leave the site or carry a query. */
const SAFE_PATH = /^[A-Za-z0-9_][\w.-]{0,254}(?:\/[A-Za-z0-9_][\w.-]{0,254}){0,20}$/;

function credentialLinks({ id, kind, resource, owner }: Credential, gitlabUrl: string | undefined): Link[] {
  const root = siteRoot(gitlabUrl);
  if (root === undefined) return [];
  const title = idText(id, 100);
  const paths = [
    { path: jobPath(id, kind, resource), text: `The log of ${title} at GitLab` },
    { path: resourcePath(kind, resource), text: `Where ${title} belongs at GitLab` },
    { path: ownerPath(owner), text: `The owner of ${title} at GitLab` },
  ];
  return paths.flatMap(({ path, text }) => (path === undefined ? [] : [{ href: `${root}/${path}`, text }]));
}

/** A full path of GitLab's; undefined where only an id is known, or something else was written. */
function safePath(resource: string | undefined): string | undefined {
  return resource !== undefined && SAFE_PATH.test(resource) && isResourcePath(resource) ? resource : undefined;
}

/** The settings page that lists the credential, by its full path: GitLab's settings have no page by id. */
function resourcePath(kind: Credential['kind'], given: string | undefined): string | undefined {
  const resource = safePath(given);
  if (resource === undefined) return undefined;
  switch (kind) {
    case 'group':
      return `groups/${resource}/-/settings/access_tokens`;
    case 'project':
      return `${resource}/-/settings/access_tokens`;
    case 'deploy-token':
    case 'deploy-key':
      return `${resource}/-/settings/repository`;
    default:
      return undefined;
  }
}

/** The page of a CI job, which its project's full path leads to. */
function jobPath(id: string, kind: Credential['kind'], resource: string | undefined): string | undefined {
  const number = kind === 'ci-job' ? /^job\/([1-9]\d{0,18})$/.exec(id)?.[1] : undefined;
  const project = number === undefined ? undefined : safePath(resource);
  return project === undefined ? undefined : `${project}/-/jobs/${number}`;
}

/** Most sources tell only a user's id; GitLab leads `/-/u/:id` to the user's page (gitlab-org/gitlab !185387). */
function ownerPath(owner: Credential['owner']): string | undefined {
  if (owner === undefined) return undefined;
  if (owner.username !== undefined && SAFE_PATH.test(owner.username)) return owner.username;
  return Number.isSafeInteger(owner.id) && owner.id > 0 ? `-/u/${owner.id}` : undefined;
}

function siteRoot(gitlabUrl: string | undefined): string | undefined {
  const url = gitlabUrl === undefined ? null : URL.parse(gitlabUrl);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function unique(links: readonly Link[]): Link[] {
  return [...new Map(links.map((link) => [link.href, link])).values()];
}
