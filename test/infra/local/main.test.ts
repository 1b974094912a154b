import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../infra/local/main.ts', import.meta.url));

function run(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    env: { PATH, ...env },
  });
  return { status, stdout, stderr };
}

describe('npm start', () => {
  it('lists its options', () => {
    const { status, stdout } = run(['--help']);
    expect(status).toBe(0);
    for (const option of ['--once', '--serve', '--json', '--port', '--env', '--settings', '--data', '--wait-scale']) {
      expect(stdout).toContain(option);
    }
    expect(stdout).toContain('GET /cases');
  });

  it.each([
    [['--prot', '1'], {}, '--prot'],
    [['--settings', '/nowhere.json'], {}, '--settings'],
    [['--live-paging'], {}, '--live-paging'],
    [['--serve'], { GITLAB_URL: 'https://gitlab.example.com' }, 'GITLAB_TOKEN'],
  ])('exits with 2 for %j %j, before anything starts', (args, env, named) => {
    const { status, stdout, stderr } = run(args, env);
    expect(status).toBe(2);
    expect(stderr).toContain(named);
    expect(stdout).toBe('');
  });
});
