import { armFault } from '../../src/fault/index.ts';
import type { Journal } from '../../src/journal/index.ts';
import type { PlannedFault } from '../../src/plan/index.ts';
import type { EventBody } from '../../src/timeline/index.ts';
import { direct, type Pair } from './lab.ts';
import type { Attested, Stood } from './result.ts';

/** Injects a fault as a run does, measures while it stands, and undoes it. */
export const stand = async <T>(
  fault: PlannedFault,
  journal: Journal,
  measure: () => Promise<T>,
  { site, listing }: Pair = direct,
): Promise<Stood<T>> => {
  const attested: Attested[] = [];
  const notes: string[] = [];
  let undone = false;
  const record = (body: EventBody): void => {
    if (body.type === 'fault.attested') {
      attested.push({ moment: body.moment, state: body.state, evidence: body.evidence });
    }
    if (body.type === 'note') notes.push(body.text);
    if (body.type === 'fault.undone') undone = body.undone;
  };
  const before = await listing();
  const { signal } = new AbortController();
  const armed = await armFault({ planned: fault, id: fault.id, site, journal, record, signal });
  try {
    const injected = await armed.inject();
    const measured = await measure();
    const active = await listing();
    await injected.attestEnd();
    await armed.undo();
    const after = await listing();
    return {
      measured,
      attested,
      notes,
      undone,
      listedWhileActive: active !== before,
      listedAsBefore: after === before,
    };
  } finally {
    await armed.undo();
  }
};
