import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createLink } from './link.ts';
import { serveGenerator } from './serve.ts';

// The generator as the program of a pod: whoever execs into the pod speaks to it over a socket there, comes again where that
// breaks, and then gets all that it lacks.

/** Where the socket lies is said by whoever starts it. */
const [, , socketPath = ''] = process.argv;

/** So long it waits for its owner, who may be gone for good: then it ends, and its requests with it. */
const unattendedMs = 120_000;
const confirmEveryMs = 1000;

let attended: NodeJS.Timeout;
const attend = (): void => {
  clearTimeout(attended);
  attended = setTimeout(() => process.exit(3), unattendedMs);
};
attend();

const serve = serveGenerator(
  (line) => link.send(line),
  () => undefined,
);
const link = createLink(serve);
let current: Socket | null = null;

rmSync(socketPath, { force: true });
createServer((socket) => {
  current?.destroy();
  current = socket;
  const take = link.attach((text) => socket.write(text));
  createInterface({ input: socket }).on('line', (line) => {
    attend();
    take(line);
  });
  // What breaks comes again.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (current !== socket) return;
    current = null;
    link.detach();
  });
}).listen(socketPath);
setInterval(link.confirm, confirmEveryMs);
// The first process of a container has to ask to be ended by it.
process.on('SIGTERM', () => process.exit());
