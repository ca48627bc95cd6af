import { createServer } from 'node:http';

// A server that can be killed or paused as a whole. It listens with the shortest backlog and tells its parent the port.
const server = createServer((_request, response) => response.end('ok'));
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
});
process.on('disconnect', () => process.exit(0));
