import { describe, expect, test } from 'vitest';
import { comingUpIn, comingUpText } from '../../src/cluster/bring-up-lock.ts';
import { thisProcess } from '../../src/common/host/process.ts';

const cluster = { run: 'a-run', cluster: 'skipbeat-a', controlPlanes: 3, workers: 2 };
const written = { ...thisProcess(), ...cluster };

describe('what the lock says of the cluster that comes up', () => {
  test('is read as it was written', () => {
    expect(comingUpIn(JSON.stringify(written))).toEqual({ ...cluster, process: thisProcess() });
  });

  test.each([
    ['nothing', ''],
    ['half of it', JSON.stringify(written).slice(0, -20)],
    ['a process alone', JSON.stringify(thisProcess())],
    ['no process', JSON.stringify(cluster)],
    ['counts that are none', JSON.stringify({ ...written, workers: -1 })],
    ['a count as a text', JSON.stringify({ ...written, controlPlanes: '1' })],
    ['a run that is no text', JSON.stringify({ ...written, run: 7 })],
    ['a run with an escape sequence', JSON.stringify({ ...written, run: 'a\u001b[2Jrun' })],
    ['a cluster with a line of its own', JSON.stringify({ ...written, cluster: 'a\nPASS' })],
    ['a host whose name turns the text round', JSON.stringify({ ...written, host: '\u202ea' })],
    ['a run without a name', JSON.stringify({ ...written, run: '' })],
    ['null', 'null'],
  ])('names nobody where it is %s', (_, text) => {
    expect(comingUpIn(text)).toBeNull();
  });

  test('names the run, and says so of one whose number is another process by now', () => {
    const process = thisProcess();
    const who = `process ${process.pid} on ${process.host}`;
    expect(comingUpText({ ...cluster, process })).toBe(
      `cluster skipbeat-a of 3 + 2 nodes, which run a-run (${who}) brings up`,
    );
    expect(comingUpText({ ...cluster, process: { ...process, startTicks: '1' } })).toBe(
      `cluster skipbeat-a of 3 + 2 nodes, which run a-run began (${who}, which has ended; what it started has not), or one of another user`,
    );
  });
});
