import { describe, expect, it } from 'vitest';
import { GitLabApi } from '../../../functions/adapters/gitlab/api.ts';
import { UserDirectory } from '../../../functions/adapters/gitlab/users.ts';
import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { newKept, testClock, testTransport } from '../../contract/support/gitlab-setup.ts';

describe('users', () => {
  it('are each kept for a day from when they were asked for, whoever else is asked for meanwhile', async () => {
    const clock = testClock();
    const asked: number[] = [];
    let admin = false;
    class Users extends GitLabApi {
      override user(id: number) {
        return async () => {
          asked.push(id);
          return { status: 200, headers: new Headers(), text: '', body: { id, username: `u${id}`, is_admin: admin } };
        };
      }
    }
    const api = new Users(testTransport('http://127.0.0.1:1', clock));
    const { cache } = newKept();
    const find = (ids: number[]) => new UserDirectory(api, cache, clock).find(ids, clock.now() + MINUTE);

    expect((await find([1])).get(1)?.is_admin).toBe(false);
    admin = true;
    clock.set(clock.now() + 23 * HOUR);
    expect((await find([1, 2])).get(1)?.is_admin).toBe(false);
    clock.set(clock.now() + HOUR);
    expect((await find([1, 2])).get(1)?.is_admin).toBe(true);
    expect(asked).toEqual([1, 2, 1]);
    clock.set(clock.now() + DAY);
    await find([1, 2]);
    expect(asked.slice(3)).toEqual([1, 2]);
  });
});
