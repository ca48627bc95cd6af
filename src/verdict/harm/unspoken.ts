import { countedGrouped } from '../../common/text/counted.ts';
import { evictedPods } from '../../figures/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { ExpectationResult } from '../document.ts';
import type { Figures } from '../evidence/evidence-problems.ts';
import { unmeasuredWhy } from '../evidence/unmeasured.ts';
import type { JudgeContext } from '../judge-context.ts';
import { listText, millisecondsText, nodeList, numberText } from '../text.ts';
import { harmBeforeCounting } from './before-counting.ts';
import { cannotFail, isBeyond } from './ceiling.ts';
import { boundOf } from './expected.ts';
import { aimsAt, type Harm, type HarmedRun, harmsOf, isFailed } from './harms.ts';
import { asksForHarm, covers, metBesides, unspoken } from './spoken.ts';

/** Pods and nodes are seen by two watches, one of which may be late. */
const otherWatchMs = 2000;

/**
 * How many pods were evicted since counting began that no fault can have cost: of a node that none hits, or that was Ready.
 * Until the pass that sees it so takes its taint away, evictions of a node that is Ready again are its loss's own.
 */
const evictedBesides = ({ plan, events, changes, window: { measuredFromMs, countFromMs } }: JudgeContext): number => {
  if (countFromMs === null) return 0;
  const isAimed = aimsAt(plan);
  const taintedMs = plan.profile.effective.nodeMonitorPeriodMs + otherWatchMs;
  const counted = changes.filter(({ atMs }) => atMs >= (measuredFromMs ?? countFromMs));
  const wasLost = (node: string | null, atMs: number): boolean => {
    const own = counted.filter((change) => change.node === node && change.atMs <= atMs + otherWatchMs);
    const last = own.at(-1);
    return last !== undefined && (last.to !== 'True' || (own.length > 1 && last.atMs + taintedMs >= atMs));
  };
  const besides = evictedPods(events).filter(
    ({ atMs, node }) => atMs >= countFromMs && !(node !== null && isAimed(node) && wasLost(node, atMs)),
  );
  return new Set(besides.map(({ uid }) => uid)).size;
};

// Why a run whose expectations all hold is no pass: it did harm of which none of them speaks.

/** Harm in words, and what to expect besides. */
type Named = { readonly text: string; readonly besides: readonly string[] };

const amountOf = (harms: readonly Harm[]): number => harms.reduce((sum, { amount }) => sum + (amount ?? 0), 0);

const unknownText = (what: string, [first]: readonly Harm[], besides: string): readonly Named[] =>
  first === undefined ? [] : [{ text: `${what} is not known (${first.why ?? 'nobody saw it'})`, besides: [besides] }];

/**
 * How requests failed: `12 timeout`, and where, if an expectation speaks of the others of that kind.
 * @param harms failures of which none speaks
 * @param all of the run
 */
export const failedText = (
  harms: readonly Harm[],
  all: readonly Harm[],
  part: 'phase' | 'entrance' = 'phase',
): Named => {
  const [word, figures] = part === 'phase' ? ['in', 'byPhase'] : ['through', 'byEntrance'];
  const each = [...Map.groupBy(harms, ({ kind }) => kind)].flatMap(([kind, those]) => {
    const isAll = all.filter((one) => one.kind === kind).length === those.length;
    if (isAll) return [{ text: `${numberText(amountOf(those))} ${kind}`, figure: `requests.${kind}` }];
    return [...Map.groupBy(those, (harm) => harm[part] ?? '')].map(([name, here]) => ({
      text: `${numberText(amountOf(here))} ${kind} ${word} ${name}`,
      figure: `requests.${figures}.${name}.${kind}`,
    }));
  });
  return { text: listText(each.map(({ text }) => text)), besides: each.map(({ figure }) => figure) };
};

const ofRequests = (harms: readonly Harm[], all: readonly Harm[], part: 'phase' | 'entrance'): readonly Named[] => {
  const failed = harms.filter((harm) => isFailed(harm) && harm.amount !== null);
  const unseen = harms.filter((harm) => isFailed(harm) && harm.amount === null);
  const open = unseen.find(({ kind }) => kind === 'refused') ?? unseen[0];
  const slow = harms.filter(({ kind }) => kind === 'slow');
  const { text, besides } = failedText(failed, all, part);
  const slowestMs = Math.max(...slow.map(({ amount }) => amount ?? 0));
  return [
    ...(failed.length === 0 ? [] : [{ text: `requests failed (${text})`, besides }]),
    ...(failed.length > 0 || open === undefined
      ? []
      : unknownText(`how requests of ${open.phase ?? 'the run'} ended`, [open], `requests.${open.kind}`)),
    ...(slow.length === 0
      ? []
      : [
          {
            text: `answers took up to ${millisecondsText(slowestMs)}`,
            besides: ['requests.latencyMs.max'],
          },
        ]),
  ];
};

/** Of what no fault did, and of what is asked for already, it takes how much there may be. */
const limited = (figure: string, harms: readonly Harm[], { expectations }: Plan): readonly string[] => {
  const isAsked = expectations.some((one) => one.figure === figure && boundOf(one) === null);
  return [isAsked || harms.some(({ isBesides, isEarly }) => isBesides && !isEarly) ? `a max of ${figure}` : figure];
};

const ofNodes = (harms: readonly Harm[], isEarly: boolean, plan: Plan): readonly Named[] => {
  const figure = isEarly ? 'nodes.notReadyTransitionsBeforeFault' : 'nodes.notReadyTransitions';
  const when = isEarly ? ' before the first fault' : '';
  const lost = harms.filter((harm) => harm.kind.startsWith('lost') && harm.isEarly === isEarly);
  const seen = lost.filter(({ amount }) => amount !== null);
  if (seen.length === 0) return unknownText(`how many nodes were NotReady${when}`, lost, figure);
  const names = [...new Set(seen.flatMap(({ node }) => (node === null ? [] : [node])))];
  const who = names.length === 0 || names.length > 3 ? 'nodes' : nodeList(names);
  const why = !isEarly && seen.every(({ isBesides }) => isBesides) ? ', though no fault hits them' : '';
  const text = `${who} went NotReady${when} (${countedGrouped(amountOf(seen), 'transition')})${why}`;
  return [{ text, besides: limited(figure, seen, plan) }];
};

const ofPods = (harms: readonly Harm[], isEarly: boolean, plan: Plan): readonly Named[] => {
  const figure = isEarly ? 'pods.evictedBeforeFault' : 'pods.evicted';
  const when = isEarly ? ' before the first fault' : '';
  const evicted = harms.filter((harm) => harm.kind === 'evicted' && harm.isEarly === isEarly);
  const open = evicted.filter(({ amount }) => amount === null);
  if (open.length > 0) return unknownText(`how many pods were evicted${when}`, open, figure);
  const count = amountOf(evicted);
  const why = !isEarly && evicted.every(({ isBesides }) => isBesides) ? ' from nodes that no fault had lost' : '';
  const went = `${countedGrouped(count, 'pod was evicted', 'pods were evicted')}${when}${why}`;
  return count === 0 ? [] : [{ text: went, besides: limited(figure, evicted, plan) }];
};

/** What became of the workload meanwhile: how much of it was missing says most. */
const ofCapacity = (harms: readonly Harm[]): readonly Named[] => {
  const of = (kind: Harm['kind']): readonly Harm[] => harms.filter((harm) => harm.kind === kind);
  const [missing, stuck] = [amountOf(of('missing')), amountOf(of('stuck'))];
  const unknown = harms.filter(({ kind, amount }) => (kind === 'missing' || kind === 'stuck') && amount === null);
  if (missing > 0)
    return [
      {
        text: `replicas were missing for ${numberText(Math.round(missing * 10) / 10)} replica-seconds`,
        besides: ['pods.unavailableSeconds'],
      },
    ];
  if (stuck > 0)
    return [
      {
        text: `${countedGrouped(stuck, 'pod was', 'pods were')} stuck Terminating`,
        besides: ['pods.stuckTerminating'],
      },
    ];
  return unknownText('how many replicas were missing', unknown, 'pods.unavailableSeconds');
};

const textsOf = (harms: readonly Harm[], run: HarmedRun, part: 'phase' | 'entrance'): readonly Named[] => [
  ...ofRequests(harms, harmsOf(run), part),
  ...[true, false].flatMap((isEarly) => ofNodes(harms, isEarly, run.plan)),
  ...[true, false].flatMap((isEarly) => ofPods(harms, isEarly, run.plan)),
  ...ofCapacity(harms),
];

/** A run as a ledger of its harm takes it. */
const harmedRun = (context: JudgeContext, { nodes, requests, pods, unknown }: Figures): HarmedRun => {
  const { plan, events, window } = context;
  return {
    plan,
    nodes,
    requests,
    pods,
    ...(unknown === undefined ? {} : { unknown }),
    evictedBesides: evictedBesides(context),
    unmeasured: (['requests', 'pods'] as const).filter((what) => unmeasuredWhy(events, what) !== null),
    endMs: window.ended?.atMs ?? null,
  };
};

/**
 * Why expectations that were kept are no pass all the same, in words; empty where none is. Where all that is expected is that
 * there is harm, nobody takes the pass for the lack of another.
 * @param results of the plan's expectations, in their order
 */
export const unspokenHarm = (
  context: JudgeContext,
  figures: Figures,
  results: readonly ExpectationResult[],
): readonly string[] => {
  const run = harmedRun(context, figures);
  const { expectations } = context.plan;
  const kept = expectations.flatMap((expected, index) => {
    const { held, observed = null } = results[index] ?? { held: false };
    return held && observed !== null ? [{ expected, observed }] : [];
  });
  const own = kept.flatMap(({ expected, observed }) => [
    ...cannotFail(run, expected, observed),
    ...metBesides(run, expected, observed),
    ...harmBeforeCounting(context, figures, expected, observed),
  ]);
  const first = kept.find(({ expected }) => !asksForHarm(expected));
  if (first === undefined) return own;
  // Of what somebody bounds by more than there can be, that is said already.
  const beyond = kept.flatMap(({ expected }) => (isBeyond(run, expected) ? [expected.figure] : []));
  // Nor is it said again what an expectation says that is open for the same reason.
  const open = new Set(
    figures.unknown?.flatMap(({ figure, why }) => (expectations.some((one) => one.figure === figure) ? [why] : [])),
  );
  const harms = unspoken(run).filter(
    (harm) =>
      !beyond.some((figure) => covers(context.plan, figure, harm)) && !(harm.why !== null && open.has(harm.why)),
  );
  const part = expectations.some(({ figure }) => figure.includes('.byEntrance.')) ? 'entrance' : 'phase';
  return [
    ...own,
    ...textsOf(harms, run, part).map(
      ({ text, besides }) =>
        `${first.expected.figure} holds, and ${text}, of which no expectation speaks: expect ${listText(besides)} besides`,
    ),
  ];
};
