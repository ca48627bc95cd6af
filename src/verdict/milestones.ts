import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';

const fitShape = z.enum(['inside', 'outside']).nullable();

const milestoneShape = z
  .enum([
    'lastLease',
    'notReady',
    'lastNotReady',
    'tainted',
    'endpointLost',
    'endpointsEmpty',
    'refused',
    'evicted',
    'replaced',
    'allReady',
    'lastRefused',
  ])
  .meta({ id: 'ChainLink', description: 'A milestone: the events of a disturbance, of which one leads to the next.' });

export type Milestone = z.infer<typeof milestoneShape>;

const windowShape = z.tuple([z.number(), z.number()]);

export type Window = Frozen<z.infer<typeof windowShape>>;

export const windowCheckShape = z
  .strictObject({
    link: milestoneShape,
    observedMs: z.number().nullable().describe('null where it was not seen.'),
    window: windowShape
      .nullable()
      .describe(
        'As the plan predicts it; what it counts from the undo stands at the moment at which that began. null: the plan has none.',
      ),
    slackMs: windowShape.describe(
      "How far before and after the window still counts as inside: the machine's slack, and how long the injection (or the undo) took in this run, for the fault took hold somewhere in it.",
    ),
    fit: fitShape.describe('null where there is nothing to compare.'),
  })
  .meta({
    id: 'WindowCheck',
    description: 'One milestone, observed against predicted; ms since the fault began to be put in place.',
  });

export type WindowCheck = Frozen<z.infer<typeof windowCheckShape>>;

export const countCheckShape = z
  .strictObject({
    observed: z.number().nullable().describe('null where it is not known.'),
    window: windowShape.nullable().describe('As the plan predicts it; null: the plan has none.'),
    slack: windowShape.describe('How much less and how much more still counts as inside.'),
    fit: fitShape.describe('null where there is nothing to compare.'),
  })
  .meta({ id: 'CountCheck', description: 'A count, observed against predicted.' });

export type CountCheck = Frozen<z.infer<typeof countCheckShape>>;

const conditionalMilestoneNameShape = z.enum([
  'notReady',
  'endpointLost',
  'refused',
  'tainted',
  'evicted',
  'ready',
  'podReady',
  'lastRefused',
]);

export type ConditionalMilestoneName = z.infer<typeof conditionalMilestoneNameShape>;

export const conditionalMilestoneShape = z
  .strictObject({
    link: conditionalMilestoneNameShape,
    of: z.string().describe("A node's short name, a pod's name, or `clients`."),
    given: z
      .strictObject({
        what: z.enum(['lease', 'status', 'endpointsEmpty', 'endpointReady', ...conditionalMilestoneNameShape.options]),
        atMs: z.number(),
      })
      .describe('What it is predicted from, and when that was seen.'),
    chance: z
      .number()
      .nullable()
      .describe(
        'Of NotReady: the chance (0 to 1) that it comes before a heartbeat of the node arrives again, or the record ends; null where passes that mark pods of other nodes may decide it. Of all others null: they are predicted only where they were seen, for whether they come is said by the milestone before them.',
      ),
    observedMs: z.number().nullable().describe('null: it did not come.'),
    p1Ms: z.number(),
    p5Ms: z.number(),
    p50Ms: z.number(),
    p95Ms: z.number(),
    p99Ms: z.number(),
    rank: z
      .number()
      .nullable()
      .describe(
        "The share (0 to 1) of what was predicted from `given` alone that lies before what was observed, whatever passes seen before it tell: evenly spread where predictions are right. null where it did not come, and of milestones that come at once, in which nothing but a machine's pace would show.",
      ),
    fit: fitShape.describe(
      'Whether it was observed between p1 and p99, give or take the slack of a machine; null where it did not come.',
    ),
  })
  .meta({
    id: 'ConditionalLink',
    description:
      "One milestone of one node or pod, predicted from what was seen before it; instants in ms since the run's start.",
  });

export type ConditionalMilestone = Frozen<z.infer<typeof conditionalMilestoneShape>>;
