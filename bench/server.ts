import { createServer } from 'node:http';

/** What the server says to a message: how many requests and connections came so far, and the CPU time they cost. */
export type ServerCounts = { readonly requests: number; readonly connections: number; readonly cpuMs: number };

// The far side of the load benchmark, in a process of its own: answers every GET with two bytes, and counts.
// It says its port when it listens, answers any message with its counts, and ends when its parent lets go of it.

let requests = 0;
let connections = 0;
const server = createServer((_request, response) => {
  requests += 1;
  response.end('ok');
});
server.on('connection', () => {
  connections += 1;
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const counts: ServerCounts = { requests, connections, cpuMs: (user + system) / 1000 };
  process.send?.(counts);
});
process.on('disconnect', () => process.exit(0));
