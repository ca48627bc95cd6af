import { z } from 'zod';
import { exitCodes, SkipbeatError } from '../../../src/common/errors.ts';

const planShape = z.object({
  include: z
    .array(
      z.object({
        scenario: z.string().min(1),
        kubernetes: z.string().min(1),
        repeats: z.int().min(1).exactOptional(),
      }),
    )
    .min(1),
});

const refused = (problem: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('NIGHT_USAGE', `NIGHT_PLANNED: ${problem}.`, {
    exitCode: exitCodes.usage,
    next: 'NIGHT_PLANNED={"include":[{"scenario":"default","kubernetes":"v1.34","repeats":5}]}, as ci:matrix prints it, or none',
    cause,
  });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw refused('expected JSON, found none', thrown);
  }
};

/**
 * How many runs of each cell are planned, by the cell's name; null where nobody says so. The whole is null without a plan.
 * @throws SkipbeatError NIGHT_USAGE (exit 64)
 */
export const plannedRuns = (text: string): ReadonlyMap<string, number | null> | null => {
  if (text === '') return null;
  const { data, error } = planShape.safeParse(parsed(text));
  if (error !== undefined) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'the top'}: ${message}`);
    throw refused(`expected the runs of a night, found ${problems.join('; ')}`);
  }
  const runs = data.include.map(
    ({ scenario, kubernetes, repeats }) => [`${scenario}-${kubernetes}`, repeats ?? null] as const,
  );
  const planned = new Map(runs);
  const doubled = runs.filter(([name], index) => runs.findIndex(([other]) => other === name) !== index);
  if (doubled.length > 0)
    throw refused(`expected each run once, found ${doubled.map(([name]) => name).join(', ')} twice`);
  return planned;
};
