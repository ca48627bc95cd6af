import { countedGrouped, nounFor } from '../../common/text/counted.ts';
import { detectionParts, type ModelledDetection } from '../detection/shape.ts';
import type {
  ConditionalMilestone,
  ConditionalMilestoneName,
  CountCheck,
  RunDocument,
  WindowCheck,
} from '../document.ts';
import { numberText, secondsText } from '../text.ts';
import { milestoneLabels } from './milestone-traits.ts';

/** What is predicted from the one before it, in the order in which one leads to the next, as people read it. */
export const conditionalNames: Readonly<Record<ConditionalMilestoneName, string>> = {
  notReady: 'NotReady',
  endpointLost: 'endpoint lost',
  refused: 'first refused',
  tainted: 'NoExecute taint',
  evicted: 'evicted',
  ready: 'Ready again',
  podReady: 'pod Ready again',
  lastRefused: 'last refused',
};

export const conditionalMilestones = Object.keys(conditionalNames) as readonly ConditionalMilestoneName[];

const conditionNames: Readonly<Record<ConditionalMilestone['given']['what'], string>> = {
  lease: 'lease',
  status: 'status post',
  endpointsEmpty: 'no endpoint left',
  endpointReady: 'an endpoint again',
  ...conditionalNames,
};

/** From when a milestone counts: `the last lease`, `the first status post since`, `NotReady`. */
export const conditionText = ({
  link: milestone,
  given: { what },
}: Pick<ConditionalMilestone, 'link' | 'given'>): string => {
  if (what !== 'lease' && what !== 'status') return conditionNames[what];
  return milestone === 'notReady' ? `the last ${conditionNames[what]}` : `the first ${conditionNames[what]} since`;
};

/** A chance below which, or above whose rest, what happened is worth a sentence. */
const smallChance = 0.01;

/** Whether a loss was predicted with a chance of over 99 %: before its node renewed again, or the record ended. */
export const isSureLoss = ({ chance }: Pick<ConditionalMilestone, 'chance'>): boolean =>
  chance !== null && chance > 1 - smallChance;

/** What came outside of p1 to p99, or though its chance was below 1 %, or did not come though it was above 99 %. */
export const conditionalFindings = (milestones: readonly ConditionalMilestone[]): readonly string[] =>
  milestones.flatMap((one) => {
    const { link: milestone, of, given, observedMs, p1Ms, p99Ms, fit } = one;
    const range = `${secondsText(p1Ms - given.atMs).replace(/ s$/, '')} … ${secondsText(p99Ms - given.atMs)}`;
    if (fit === 'outside' && observedMs !== null) {
      return [
        `${of}: ${conditionalNames[milestone]} ${secondsText(observedMs - given.atMs)} after ${conditionText(one)}, outside the ${range} predicted from it`,
      ];
    }
    return observedMs === null && isSureLoss(one)
      ? [`${of}: no ${conditionalNames[milestone]}, though it was predicted ${range} after ${conditionText(one)}`]
      : [];
  });

/** What runs of the model had of one milestone, as far as a finding names it. */
type Spread = {
  /** Runs in which it happened. */
  readonly seen: number;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  readonly fit: 'inside' | 'outside' | null;
};

/** The same of a count. */
type CountSpread = Pick<Spread, 'fit'> & { readonly min: number; readonly max: number };

/** A run beside the model's own runs of its plan: calibration.json. */
export type Modelled = {
  /** null: the model could not be asked. */
  readonly model: { readonly runs: number } | null;
  readonly links: readonly (WindowCheck & { readonly model: Spread | null })[];
  /** Not in what an older skipbeat wrote. */
  readonly requestsLost?: (CountCheck & { readonly model: CountSpread | null }) | null;
  /** Milestones predicted from what was seen before them; not in what an older skipbeat wrote. */
  readonly conditional?: { readonly links: readonly ConditionalMilestone[] };
  /** Nor is this. */
  readonly detection?: ModelledDetection;
};

const nodeLost = 'a node goes NotReady';

/** How often a node went NotReady in the model's runs. */
const lossesOf = ({
  model,
  links: milestones,
}: Modelled): { readonly runs: number; readonly notReady: number } | null => {
  const spread = milestones.find(({ link: milestone }) => milestone === 'notReady')?.model ?? null;
  return model === null || spread === null ? null : { runs: model.runs, notReady: spread.seen };
};

/** What stands in the place of a formula where none covers the faults; nothing where one does. */
export const withoutFormula = (
  { prediction: { noFormula = [] } }: Pick<RunDocument, 'prediction'>,
  modelled: Modelled,
): readonly string[] => {
  if (noFormula.length === 0) return [];
  const losses = lossesOf(modelled);
  const simulated =
    losses === null
      ? 'and no simulation could be asked'
      : `by simulation: ${nodeLost} in ${numberText(losses.notReady)} of ${countedGrouped(losses.runs, 'run')} of the model`;
  return [`no formula for ${noFormula.join(', ')}; ${simulated}`];
};

/** What was observed though no run of the model had it, or had it then; what every run of it had, and was not observed. */
export const modelFindings = ({ model, links: milestones, requestsLost = null }: Modelled): readonly string[] => {
  if (model === null) return [];
  const runs = `${countedGrouped(model.runs, 'run')} of the model`;
  const count = requestsLost?.model ?? null;
  const counted =
    count?.fit === 'outside'
      ? [
          `${numberText(requestsLost?.observed ?? null)} ${nounFor(requestsLost?.observed ?? 0, 'request')} got no answer; ${runs} had ${numberText(count.min)} to ${numberText(count.max)}`,
        ]
      : [];
  const seen = milestones.flatMap(({ link: milestone, observedMs, model: spread }) => {
    if (spread?.fit !== 'outside') return [];
    const name = milestoneLabels[milestone];
    if (observedMs === null) return [`${name} was not seen; every one of ${runs} had it`];
    const at = `${name} ${secondsText(observedMs)} after the fault began`;
    return spread.seen === 0
      ? [`${at}; none of ${runs} had it`]
      : [`${at}, outside of what ${runs} had: ${secondsText(spread.minMs)} to ${secondsText(spread.maxMs)}`];
  });
  return [...seen, ...counted];
};

/** How late nodes were called NotReady, and why, beside what the model's runs had of each part. */
const besideModel = (
  detection: NonNullable<RunDocument['detection']>,
  { detection: predicted = [] }: Modelled,
): NonNullable<RunDocument['detection']> => ({
  ...detection,
  nodes: detection.nodes.map((node) => {
    const own = predicted.find(({ which }) => which === node.which);
    if (own === undefined) return node;
    const parts = Object.fromEntries(
      detectionParts.map((part) => [part, { ...node.parts[part], predicted: own.parts[part] }]),
    ) as typeof node.parts;
    return { ...node, parts, predictedLateMs: own.late };
  }),
});

/**
 * A result document with its milestones predicted from what was seen, those outside among the findings, with what speaks against the model among its findings, and with what the model says of faults for which
 * there is no formula.
 */
export const withModel = (document: RunDocument, modelled: Modelled): RunDocument => {
  const losses = (document.prediction.noFormula ?? []).length === 0 ? null : lossesOf(modelled);
  return {
    ...document,
    ...(document.detection === undefined ? {} : { detection: besideModel(document.detection, modelled) }),
    prediction: {
      ...document.prediction,
      ...(losses === null ? {} : { bySimulation: losses }),
      ...(modelled.conditional === undefined ? {} : { conditional: modelled.conditional.links }),
    },
    findings: [
      ...document.findings,
      ...withoutFormula(document, modelled),
      ...conditionalFindings(modelled.conditional?.links ?? []),
      ...modelFindings(modelled),
    ],
  };
};
