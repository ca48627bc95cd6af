import type { LineCheck, RequestCheck, RequestRecord, TimelineEvent } from '../../timeline/index.ts';
import { checkOf } from './checks.ts';

/** A day at 1,000 requests a second is 86 million; a bit for each of these takes 16 MB. */
const maxRequests = 2 ** 27;

/** Each event by its schema; times that a run can have; one run in one record. */
export const eventCheck = async (): Promise<LineCheck> => {
  const bySchema = await checkOf('events');
  let started = false;
  return (value) => {
    const problem = bySchema(value);
    if (problem !== null) return problem;
    const event = value as TimelineEvent;
    if (event.atMs < 0) return `atMs: expected 0 or more, received ${event.atMs}: a clock went backwards`;
    if (event.type !== 'run.started') return null;
    if (started) return 'expected the record of one run, received the start of a second one';
    started = true;
    return null;
  };
};

const timeProblem = ({ dueMs, sentMs, endedMs }: RequestRecord): string | null => {
  if (dueMs < 0) return `dueMs: expected 0 or more, received ${dueMs}: a clock went backwards`;
  if (sentMs === null || endedMs >= sentMs) return null;
  return `endedMs: expected no earlier than sentMs ${sentMs}, received ${endedMs}: a clock went backwards`;
};

/** Each request by its schema; times in their order; none counted twice. */
export const requestCheck = async (): Promise<RequestCheck> => {
  let seen = new Uint8Array(2 ** 16);
  const sense = (request: RequestRecord): string | null => {
    const { seq } = request;
    if (!Number.isInteger(seq) || seq < 0 || seq >= maxRequests) {
      return `seq: expected an integer below ${maxRequests}, received ${seq}`;
    }
    const place = seq >> 3;
    const bit = 1 << (seq & 7);
    if (place >= seen.length) {
      const larger = new Uint8Array(Math.max(place + 1, seen.length * 2));
      larger.set(seen);
      seen = larger;
    }
    if (((seen[place] ?? 0) & bit) !== 0) return `seq: expected each request once, received ${seq} again`;
    seen[place] = (seen[place] ?? 0) | bit;
    return timeProblem(request);
  };
  return { form: await checkOf('requests'), sense };
};
