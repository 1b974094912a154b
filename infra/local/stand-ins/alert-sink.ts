import type { EpochMs } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { isObject, parseJson } from '../json.ts';
import { googleChatProblem } from './google-chat-message.ts';
import { slackProblem } from './slack-message.ts';
import { type Answer, type Asked, type Faults, faults, type StandIn, serve } from './stand-in.ts';

export interface AlertSinkOptions {
  readonly clock: Clock;
  readonly port?: number;
  readonly faults?: Partial<Faults>;
}

/** Who receives alerts. `url` takes any JSON object; below it, `/slack` and `/google-chat` take what these services take. */
export interface AlertSink extends StandIn {
  readonly faults: Faults;
  /** Every alert that was taken, oldest first. */
  readonly accepted: { readonly at: EpochMs; readonly body: unknown }[];
}

const URL_PATH = '/alerts';

/** Starts a receiver of alerts, with the answers of the service its path names. */
export async function startAlertSink(options: AlertSinkOptions): Promise<AlertSink> {
  const live = { faults: faults(options.faults), accepted: [] as { at: EpochMs; body: unknown }[] };
  const server = await serve({
    name: 'alerts',
    clock: options.clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    urlPath: URL_PATH,
    answer: (asked) => {
      if (asked.method !== 'POST') return { status: 405 };
      const { answer, body } = take(asked, live.accepted.length);
      if (answer.status < 300) live.accepted.push({ at: options.clock.now(), body });
      return answer;
    },
  });
  return Object.assign(live, server);
}

interface Taken {
  readonly answer: Answer;
  readonly body: unknown;
}

function take(asked: Asked, taken: number): Taken {
  const isJson = /^application\/json\b/i.test(asked.headers['content-type'] ?? '');
  const body = isJson ? parseJson(asked.text) : undefined;
  const service = asked.path.replace(URL_PATH, '');
  if (service.startsWith('/slack')) return { answer: slackAnswer(body), body };
  if (service.startsWith('/google-chat')) return { answer: googleChatAnswer(body, asked.text, taken), body };
  const answer = isObject(body)
    ? { status: 200, body: {} }
    : { status: 400, body: { error: 'expected a JSON object' } };
  return { answer, body };
}

/** Slack answers in plain words. */
function slackAnswer(body: unknown): Answer {
  const problem = slackProblem(body);
  const headers = { 'content-type': 'text/html' };
  return problem === undefined ? { status: 200, headers, body: 'ok' } : { status: 400, headers, body: problem };
}

/** Google answers with the message's name, or with an error of its APIs' form. */
function googleChatAnswer(body: unknown, text: string, taken: number): Answer {
  const message = googleChatProblem(body, text);
  if (message !== undefined) {
    return { status: 400, body: { error: { code: 400, message, status: 'INVALID_ARGUMENT' } } };
  }
  const name = `spaces/STANDIN/messages/${taken + 1}`;
  return { status: 200, body: { name, thread: { name: `spaces/STANDIN/threads/${taken + 1}` } } };
}
