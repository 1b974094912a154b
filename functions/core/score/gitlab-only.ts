import { part, type ScoreRule } from './network-evidence.ts';

/** All that Cloudflare saw of the network were requests to GitLab itself: any API client looks automated there. */
export const gitlabOnly: ScoreRule = ({ matches }, weight) =>
  matches.every(({ onGitlab }) => onGitlab === true)
    ? part('gitlab-only', 'GitLab', weight, 1, 'Cloudflare saw it ask GitLab only, as any API client does.')
    : undefined;
