import { plural } from '../amount-text.ts';
import { type CaseFile, currentFindings } from '../case-file.ts';
import type { Finding } from '../finding.ts';
import { isoOf } from '../page-details.ts';
import { attackSteps } from './attack-steps.ts';
import type { Command } from './command.ts';
import { coverageView } from './coverage-view.ts';
import { foundSteps } from './found-steps.ts';
import { looksDue } from './looks-due.ts';
import { block, type NextStep, type NextStepsFacts } from './next-step.ts';
import { pagingStory } from './paging-outcome.ts';
import { sourceGaps } from './source-gaps.ts';

export interface NextSteps {
  /** What this case asks of somebody, in a sentence or two. */
  readonly lead: string;
  /** In the order to take them; empty where there is nothing to do. */
  readonly steps: readonly NextStep[];
}

/** What to do about a case, by what was found and by what could not be seen. Latchkey does none of it by itself. */
export function nextSteps(facts: NextStepsFacts): NextSteps {
  const { file } = facts;
  const findings = currentFindings(file);
  if (findings.length > 0) {
    return { lead: foundLead(file, findings), steps: [...foundSteps(facts, findings), ...openSteps(facts)] };
  }
  const { state } = file;
  if (state === undefined || state.look === 0) return pending(facts);
  if (state.verdict === 'undetermined') return undetermined(facts);
  if (state.verdict !== 'not-observed') {
    return {
      lead: `This case is ${state.verdict}, and the credentials found could not be read here. The page to on-call names them; the JSON below has what is stored.`,
      steps: [...attackSteps(facts), ...openSteps(facts)],
    };
  }
  const lead = sourceGaps(file).isBlind
    ? 'Nothing matched in what could be seen, so there is no credential to act on; what could not be seen stays open.'
    : 'Nothing matched: there is no credential to act on.';
  return { lead, steps: [...attackSteps(facts), ...openSteps(facts)] };
}

function foundLead(file: CaseFile, findings: readonly Finding[]): string {
  const { outcome } = pagingStory(file);
  const paging = findings.filter(({ decision }) => decision === 'page').length;
  if (paging === 0) {
    return `Nobody was to be woken for this: ${plural(findings.length, 'credential is', 'credentials are')} below page level. Look at it in working hours.`;
  }
  const shadow =
    outcome === 'shadow' ? ' Nobody was paged, as this is shadow mode: you may be the first to see it.' : '';
  return `Latchkey stops nothing by itself: each step is yours, in this order. With one minute to spend, begin with step 2.${shadow}`;
}

function pending(facts: NextStepsFacts): NextSteps {
  const { isLate } = looksDue(facts.file, facts.lookMinutes, facts.now);
  if (!isLate) return { lead: 'No look was joined so far: come back in a minute or two.', steps: [] };
  const sentences = [
    'The first look is late, so something in the pipeline may be broken: nothing is known of this case.',
  ];
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
  if (isLate) return 'The next look is late, so something in the pipeline may be broken.';
  return `Latchkey looks again by itself, about ${isoOf(nextAt).slice(11, 16)} UTC.`;
}
