import { plural } from '../../amount-text.ts';
import type { CaseFile } from '../../case-file.ts';
import { isoOf } from '../../page-details.ts';
import { caseAnswer, isNothing, STATE_LOST } from '../case-answer.ts';
import { coverageView } from '../coverage-view.ts';
import { BROKEN, looksDue } from '../looks-due.ts';
import { type Levels, levelsOf, namedByPages } from '../page-level.ts';
import { pagingStory } from '../paging-outcome.ts';
import { sourceGaps } from '../source-gaps.ts';
import { attackSteps } from './attack-steps.ts';
import type { Command } from './command.ts';
import { foundSteps } from './found-steps.ts';
import { block, type NextStep, type NextStepsFacts } from './next-step.ts';

export interface NextSteps {
  /** What this case asks of somebody, in a sentence or two. */
  readonly lead: string;
  /** In the order to take them; empty where there is nothing to do. */
  readonly steps: readonly NextStep[];
  /** What somebody with one minute does: the id of its place, and what to call the way there. */
  readonly urgent?: { readonly id: string; readonly text: string };
}

/** What to do about a case, by what was found and by what could not be seen. Latchkey does none of it by itself. */
export function nextSteps(facts: NextStepsFacts): NextSteps {
  const { file } = facts;
  const levels = levelsOf(file);
  if (levels.paging.length + levels.reported.length > 0) return found(facts, levels);
  const { verdict } = caseAnswer(file);
  if (verdict === 'pending') return pending(facts);
  const steps = [...attackSteps(facts), ...openSteps(facts)];
  if (!isNothing(verdict)) {
    const named = namedByPages(file);
    const who = named === '' ? 'The page to on-call names them' : `End ${named}`;
    return {
      lead: `This case is ${verdict}, and the credentials found could not be read here. ${who}.`,
      steps,
    };
  }
  if (file.state === undefined) {
    return { lead: STATE_LOST, steps };
  }
  if (verdict === 'undetermined') return undetermined(facts);
  const lead = sourceGaps(file).isBlind
    ? 'Nothing matched in what could be seen, so there is no credential to act on; what could not be seen stays open.'
    : 'Nothing matched: there is no credential to act on.';
  return { lead, steps };
}

function found(facts: NextStepsFacts, levels: Levels): NextSteps {
  const steps = [...foundSteps(facts, levels), ...openSteps(facts)];
  const urgent = levels.paging.length === 0 ? undefined : urgentOf(steps);
  return { lead: foundLead(facts.file, levels, urgent), steps, ...(urgent && { urgent }) };
}

/** The first command that ends a key; where none can be made, what tells how; nothing where every key is ended already. */
function urgentOf(steps: readonly NextStep[]): NextSteps['urgent'] {
  const stop = steps.find(({ id }) => id === 'stop');
  const command = stop?.blocks.flatMap(({ commands }) => commands).find(({ id }) => id !== undefined);
  if (command?.id !== undefined) return { id: command.id, text: `${command.title}: the command is ready` };
  return stop?.isEnded === true ? undefined : { id: 'next-stop', text: 'How to take the key away' };
}

function foundLead(file: CaseFile, { paging, reported }: Levels, urgent: NextSteps['urgent']): string {
  const { outcome } = pagingStory(file);
  if (paging.length === 0) {
    return file.state?.decision.page === true
      ? 'Somebody was to be woken for this; about which credential is not stored.'
      : `Nobody was to be woken for this: ${plural(reported.length, 'credential is', 'credentials are')} below page level. Look at it in working hours.`;
  }
  const begin =
    urgent === undefined
      ? 'No key is left to take away: begin with step 3.'
      : 'With one minute to spend, begin with step 2.';
  const shadow =
    outcome === 'shadow' ? ' Nobody was paged, as this is shadow mode: you may be the first to see it.' : '';
  const elsewhere = outcome === 'elsewhere' ? ' Another case had this paged: somebody may be at work on it.' : '';
  return `Latchkey stops nothing by itself: each step is yours, in this order. ${begin}${shadow}${elsewhere}`;
}

function pending(facts: NextStepsFacts): NextSteps {
  const { isLate } = looksDue(facts.file, facts.lookMinutes, facts.now);
  if (!isLate) return { lead: 'No look was joined so far: come back in a minute or two.', steps: [] };
  const sentences = [`The first look is late, ${BROKEN} Nothing is known of this case.`];
  return {
    lead: 'Nothing is known so far, and something should be.',
    steps: [{ ...doctorStep(sentences), title: 'Find out why no look was joined' }],
  };
}

function undetermined(facts: NextStepsFacts): NextSteps {
  const { state } = facts.file;
  const whys = coverageView(facts.file)
    .rows.filter(({ source, status }) => source !== 'cloudflare' && source !== 'axiom' && status !== 'complete')
    .flatMap(({ name, why }) => (why[0] === undefined ? [] : [`${name}: ${why[0]}`]));
  const keep = {
    id: 'keep-logs',
    title: "Keep GitLab's logs of this time",
    blocks: [
      block([
        state === undefined
          ? 'They are what is left to tell whether a key was used.'
          : `They are what is left to tell whether a key was used between ${state.window.start} and ${state.window.end}.`,
        nextLook(facts),
      ]),
    ],
  };
  return {
    lead: 'GitLab could not be asked, so whether a bot held a key is not known. That is no all-clear.',
    steps: [doctorStep(whys), keep, ...attackSteps(facts)],
  };
}

/** What the case leaves open: who could not be asked, and whether Latchkey looks again. */
function openSteps(facts: NextStepsFacts): NextStep[] {
  if (!sourceGaps(facts.file).isBlind) return [];
  const { meaning, rows } = coverageView(facts.file);
  const step = { id: 'coverage', title: 'Close what could not be seen' };
  const sentences = [meaning, nextLook(facts)];
  if (!rows.some(({ status }) => status === 'unavailable')) return [{ ...step, blocks: [block(sentences)] }];
  return [{ ...doctorStep(sentences), ...step }];
}

function doctorStep(sentences: readonly string[]): NextStep {
  const command: Command = {
    title: 'Check every credential, permission and data source',
    language: 'shell',
    text: 'npm run doctor',
    needs: "The project's checkout, and the credentials Latchkey runs with.",
    breaks: 'Nothing: it only asks, and names what is missing.',
  };
  const blocks = [{ ...block(sentences), commands: [command] }];
  return { id: 'doctor', title: 'Find out why a source could not be asked', blocks };
}

function nextLook({ file, lookMinutes, now }: NextStepsFacts): string {
  const { nextAt, done, due, isLate } = looksDue(file, lookMinutes, now);
  if (done >= due) return 'No further look follows in this case: what is not known by now has to be looked up by hand.';
  if (nextAt === undefined) return 'Latchkey looks at this case again.';
  if (isLate) return `The next look is late, ${BROKEN}`;
  return `Latchkey looks again by itself, about ${isoOf(nextAt).slice(11, 16)} UTC.`;
}
