// Injects a fault and stops for good at the boundary that is its argument, to be killed there.
import { writeSync } from 'node:fs';
import { armFault } from '../../src/fault/index.ts';
import { openJournal } from '../../src/journal/index.ts';
import { delayOf, nothing, planned } from '../fault/netem/settings.ts';
import { pairs } from './lab.ts';

const [boundary = '', run = '', pair = 'direct'] = process.argv.slice(2);
const { site } = pairs[pair as keyof typeof pairs];

const stopHere = (): void => {
  writeSync(1, 'here\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

const at = (name: string): void => {
  if (name === boundary) stopHere();
};

const fault = planned({ ...nothing, delay: delayOf(20), direction: 'both', peer: 'api-server' });
const hold: typeof site.hold = (...asked) => {
  const held = site.hold(...asked);
  // The commands run on: they were handed over, as to an engine.
  at('applying');
  return {
    ...held,
    end: () => {
      held.end();
      at('undoing');
    },
  };
};
const journal = openJournal(run, null, null);
const armed = await armFault({
  planned: fault,
  id: fault.id,
  site: { ...site, hold },
  journal: {
    ...journal,
    add: (entry) => {
      const added = journal.add(entry);
      at('journalled');
      return added;
    },
  },
  record: (body) => {
    if (body.type === 'fault.injecting') at('armed');
    if (body.type === 'fault.injected') at('injected');
  },
  signal: new AbortController().signal,
});
await armed.inject();
at('holding');
await armed.undo();
