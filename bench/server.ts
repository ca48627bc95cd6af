import { createServer } from 'node:http';

// The far side of the load benchmark, in a process of its own: answers every GET with two bytes and counts.
// Says { port } when it listens; answers any message with its counts so far and the CPU time it used.

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
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
process.on('message', () => {
  process.send?.({ requests, connections });
});
process.on('disconnect', () => process.exit(0));
