import { part, type ScoreRule } from './network-evidence.ts';

/** What is left of it where nobody here works with the network's operator: no café, and no colleague's home. */
const NEW_OPERATOR = 0.65;

/** All that Cloudflare saw of the network were requests to GitLab itself: any API client looks automated there. */
export const gitlabOnly: ScoreRule = ({ matches, newOperator }, weight) => {
  if (!matches.every(({ onGitlab }) => onGitlab === true)) return undefined;
  const sentence = 'Cloudflare saw it ask GitLab only, as any API client does.';
  return newOperator
    ? part(
        'gitlab-only',
        'new operator',
        weight,
        NEW_OPERATOR,
        `${sentence} Nobody here worked from its operator before.`,
      )
    : part('gitlab-only', 'known operator', weight, 1, sentence);
};
