import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../infra/local/options.ts';
import { UsageError } from '../../../infra/local/usage-error.ts';

describe('parseOptions', () => {
  it('plays the sample fast, and serves in real time', () => {
    expect(parseOptions([])).toMatchObject({ once: false, serve: false, json: false, port: 0, waitScale: 0.001 });
    expect(parseOptions(['--serve'])).toMatchObject({ serve: true, waitScale: 1 });
    expect(parseOptions(['--serve', '--wait-scale', '0'])).toMatchObject({ waitScale: 0 });
  });

  it('reads every option', () => {
    const argv = '--once --json --port 8080 --env e --settings s --data d --wait-scale 0.5 --live-paging --live-model';
    expect(parseOptions([...argv.split(' '), '--logs'])).toEqual({
      help: false,
      once: true,
      serve: false,
      json: true,
      port: 8080,
      envFile: 'e',
      settingsFile: 's',
      dataDir: 'd',
      waitScale: 0.5,
      livePaging: true,
      liveModel: true,
      logs: true,
    });
  });

  it.each([
    [['--prot', '80'], '--prot'],
    [['extra'], 'extra'],
    [['--port', '70000'], '--port 70000'],
    [['--port', '8o'], '--port 8o'],
    [['--port'], '--port'],
    [['--wait-scale', '-1'], '--wait-scale'],
    [['--wait-scale=-1'], '--wait-scale -1'],
    [['--wait-scale', 'fast'], '--wait-scale fast'],
    [['--once', '--serve'], '--once'],
  ])('refuses %j and names it', (argv, named) => {
    expect(() => parseOptions(argv)).toThrow(UsageError);
    expect(() => parseOptions(argv)).toThrow(named);
  });
});
