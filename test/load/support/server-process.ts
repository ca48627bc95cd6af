import { createServer } from 'node:http';

// A server that can be killed or paused as a whole; it sends its parent the port. Argument: how many connections may wait to
// be accepted.
const backlog = Number(process.argv[2]);
const server = createServer((_request, response) => response.end('ok'));
server.listen({ port: 0, host: '127.0.0.1', backlog }, () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
});
process.on('disconnect', () => process.exit(0));
