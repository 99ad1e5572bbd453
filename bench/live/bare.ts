/** A bare Node HTTP server: reads the same bodies, discards them and answers as weir does. What is slower than this is weir's own. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const server = http.createServer((request, response) => {
  request.on('data', () => {});
  request.on('end', () => {
    const body = '{"accepted":1,"dead_lettered":0,"position":0}';
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
