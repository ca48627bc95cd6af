import { expect, test } from 'vitest';
import { readCanary } from '../../../src/fault/path/canary.ts';
import { readSurvey } from '../../../src/fault/path/survey.ts';

const service =
  '[0:0] -A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y';

test('a survey tells gateway, device, every API server once, and the Service from kube-proxy’s rules', () => {
  const text = `172.18.0.3 172.18.0.1 eth0 0\n172.18.0.9 - 6443\n172.18.0.2 fc00::2 6443\n172.18.0.9 - 6443\n===\n*nat\n${service}\nCOMMIT\n`;
  expect(readSurvey('c-worker', text)).toEqual({
    container: 'c-worker',
    address: '172.18.0.3',
    gateway: '172.18.0.1',
    device: 'eth0',
    apiServers: [
      { ipv4: '172.18.0.9', ipv6: null, port: 6443 },
      { ipv4: '172.18.0.2', ipv6: 'fc00::2', port: 6443 },
    ],
    service: { ipv4: '10.96.0.1', port: 443 },
    routeLocalnet: false,
    listing: `*nat\n${service}\nCOMMIT\n`,
  });
});

test('what is no survey is refused with what was said', () => {
  expect(() => readSurvey('c-worker', 'no such thing')).toThrow(
    'The network of c-worker could not be read: it said "no such thing".',
  );
});

const answer = (stdout: string, exitCode = 0) => ({
  ...({ node: 'c-worker', command: 'curl', ended: 'exited', exitCode, stdout, stderr: '', durationMs: 1 } as const),
});

test('a canary tells the median of its round trips, connecting apart; one that was refused tells none', () => {
  expect(readCanary(answer('0.100 0.103 200\n0.103 0.303 200\n0.303 0.304 200'))).toBeCloseTo(3);
  expect(readCanary(answer('0.100 0.103 403\n0.103 0.303 200'))).toBeNull();
  expect(readCanary(answer('0.100 0.103 200', 28))).toBeNull();
});
