import { createInterface } from 'node:readline';
import { serveGenerator } from './serve.ts';

// The generator as a program of its own, for a place from which the target can be reached.

const input = createInterface({ input: process.stdin });
const take = serveGenerator(
  (line) => process.stdout.write(`${line}\n`),
  () => {
    process.exitCode = 1;
    input.close();
  },
);
input.on('line', take);
// Whoever owned it is gone: nobody would read what else it sends.
input.once('close', () => process.exit());
// Nobody listens any more, which its input says as well.
process.stdout.on('error', () => process.exit(1));
