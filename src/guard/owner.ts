import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { lifeOf, type ProcessIdentity, type ProcessLife, processText, thisProcess } from '../common/host/process.ts';

const short = z.string().max(300);

/** A process as it is written into somebody's cluster. Whoever may write there may have written it: nothing rests on it alone. */
export const ownerShape = z.strictObject({
  pid: z.int().positive(),
  startTicks: short.nullable(),
  bootId: short.nullable(),
  machineId: short.nullable(),
  host: short,
  pidNamespace: short.nullable(),
});

/** A machine's id is not to be shown to others: what is shown tells it from others all the same. @see man 5 machine-id */
const shown = (machineId: string | null): string | null =>
  machineId === null ? null : createHmac('sha256', machineId).update('skipbeat').digest('hex').slice(0, 32);

/** This process, for others to read. */
export const thisOwner = (): ProcessIdentity => {
  const { machineId, ...own } = thisProcess();
  return { ...own, machineId: shown(machineId) };
};

/** Whether that process still runs, as far as it can be known from here: of another machine nothing is. */
export const ownerLife = (owner: ProcessIdentity): ProcessLife => {
  const { machineId } = thisProcess();
  return owner.machineId === shown(machineId) ? lifeOf({ ...owner, machineId }) : 'unknown';
};

/** `process 812 on build-7`, without what could be mistaken for more. */
export const ownerText = (owner: ProcessIdentity): string => processText(owner).replace(/[^\w .-]/g, '?');
