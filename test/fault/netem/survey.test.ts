import { describe, expect, test } from 'vitest';
import { apiServersOf, canaryTarget, occupied, planeNames, readSurvey } from '../../../src/fault/netem/survey.ts';

const bare = '[{"kind":"noqueue","handle":"0:","root":true,"refcnt":2,"options":{}}]';
const site = [
  { node: 'control-plane', container: 'c-control-plane', role: 'control-plane', address: '172.18.0.2' },
  { node: 'worker', container: 'c-worker', role: 'worker', address: '172.18.0.3' },
];

describe('a survey', () => {
  test('names the device, the API server of the kubelet, and what tc lists', () => {
    expect(readSurvey(`eth0\n172.18.0.5 6443,fc00::5 6443\n${bare}\n[]\n[]\n`)).toEqual({
      device: 'eth0',
      servers: [
        { address: '172.18.0.5', port: 6443 },
        { address: 'fc00::5', port: 6443 },
      ],
      listing: `${bare}\n[]\n[]`,
    });
    expect(readSurvey(`eth0\n\n${bare}`)).toEqual({ device: 'eth0', servers: [], listing: bare });
  });

  const put = '[{"kind":"fq","handle":"8001:","root":true,"options":{}}]';
  const own = '[{"kind":"fq_codel","handle":"0:","root":true,"options":{}}]';
  const incoming =
    '[{"kind":"noqueue","handle":"0:","root":true},{"kind":"clsact","handle":"ffff:","parent":"ffff:fff1"}]';
  test.each([
    ['nothing', bare, 'both', null],
    ["the kernel's own queue", own, 'both', null],
    ['a queue that was put there', put, 'to', 'eth0 already has a queue that was put there, fq 8001:'],
    ['the same, where only what comes in is touched', put, 'from', null],
    ['one for what comes in', incoming, 'both', 'eth0 already has a queue for what comes in, clsact ffff:'],
    ['the same, where only what goes out is touched', incoming, 'to', null],
  ] as const)('tells what is in the way: %s', (_, listing, direction, problem) => {
    expect(occupied({ device: 'eth0', servers: [], listing }, direction)).toBe(problem);
  });
});

describe('whom a fault touches', () => {
  test('is every control plane, and the load balancer before them where the kubelet names one', () => {
    const plane = { address: '172.18.0.2', port: 6443 };
    const found = [plane, { address: 'fc00::2', port: 6443 }, { address: '172.18.0.7', port: 6443 }];
    expect(apiServersOf('c-worker', site, [])).toEqual([plane]);
    expect(apiServersOf('c-worker', site, found)).toEqual(found);
    expect(planeNames('c-worker', site)).toEqual(['c-control-plane']);
  });

  test('is nobody on the only control plane, whose traffic with itself never leaves it', () => {
    expect(apiServersOf('c-control-plane', site, [])).toEqual([]);
    expect(planeNames('c-control-plane', site)).toEqual([]);
  });

  test('is found by a canary that connects to another node', () => {
    expect(canaryTarget('c-worker', site)).toEqual({ address: '172.18.0.2', port: 6443 });
    expect(canaryTarget('c-control-plane', site)).toEqual({ address: '172.18.0.3', port: 10_250 });
    expect(canaryTarget('c-control-plane', site.slice(0, 1))).toBeNull();
  });
});
