import { onTestFinished } from 'vitest';
import { MINUTE } from '../../../functions/core/time.ts';
import { type Answer, type GitLabServer, startGitLabServer } from './gitlab-server.ts';
import { type Kept, NOW, testClock, testSources, WINDOW } from './gitlab-setup.ts';
import { answersOf, type Site } from './gitlab-site.ts';

/** A server that ends with the test. */
export async function serve(answer: Answer): Promise<GitLabServer> {
  const server = await startGitLabServer(answer);
  onTestFinished(() => server.close());
  return server;
}

/** One reading of a site by both sources. */
export async function read(
  site: Site | Answer,
  options: { kept?: Kept; groups?: readonly string[]; deadline?: number } = {},
) {
  const server = await serve(typeof site === 'function' ? site : answersOf(site));
  const clock = testClock();
  const deadline = options.deadline ?? NOW + 5 * MINUTE;
  const { sources, ownCredential } = testSources(server.url, clock, options.kept, {
    groups: options.groups ?? ['acme'],
  });
  const [inventory, audit] = await Promise.all(sources.map((source) => source.read({ window: WINDOW, deadline })));
  if (inventory === undefined || audit === undefined) throw new Error('two sources expected');
  return { inventory, audit, own: await ownCredential(deadline), asked: server.asked, clock, server };
}
