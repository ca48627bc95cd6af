import { describe, expect, test } from 'vitest';
import {
  limitsRefusals,
  readForgotten,
  readIcmpState,
  withoutRefusals,
} from '../../../../src/backend/kind/entrance/entrance.ts';

const names = 'Icmp: InMsgs OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost OutDestUnreachs';

describe('what a kernel says of its ICMP errors', () => {
  test('is its mask, and what both limits held back together', () => {
    expect(readIcmpState(`6168\n${names}\nIcmp: 1 303 0 103 194 303\n`)).toEqual({ ratemask: 6168, heldBack: 297 });
  });

  test('has no such count on a kernel that does not take one', () => {
    expect(readIcmpState('6168\nIcmp: InMsgs OutMsgs\nIcmp: 1 303')).toEqual({ ratemask: 6168, heldBack: null });
  });

  test('stands after whatever was printed before it', () => {
    const text = `conntrack v1.4.8 (conntrack-tools): 0 flow entries have been deleted.\n6160\n${names}\nIcmp: 0 0 0 0 0 0`;
    expect(readIcmpState(text)).toEqual({ ratemask: 6160, heldBack: 0 });
  });

  test.each(['', '6168', `${names}\nIcmp: 1 2 3 4 5 6`, `6168\n${names}\nIcmp: 1 2`])('is not read from %j', (text) => {
    expect(readIcmpState(text)).toBeNull();
  });

  test('the mask loses refusals and nothing else', () => {
    expect(withoutRefusals({ ratemask: 6168, heldBack: 0 })).toBe(6160);
    expect(withoutRefusals({ ratemask: 6160, heldBack: 0 })).toBe(6160);
    expect(limitsRefusals({ ratemask: 6168, heldBack: 0 })).toBe(true);
    expect(limitsRefusals({ ratemask: 6160, heldBack: 0 })).toBe(false);
  });
});

test('of the connections that conntrack deleted, those are unanswered that never left SYN_SENT', () => {
  const text = `conntrack v1.4.8 (conntrack-tools): 3 flow entries have been deleted.
tcp      6 88 SYN_SENT src=172.18.0.1 dst=172.18.0.2 sport=45210 dport=30080 [UNREPLIED] src=10.244.1.2 dst=172.18.0.2 sport=8080 dport=52855 mark=0 use=1
tcp      6 12 TIME_WAIT src=172.18.0.1 dst=172.18.0.2 sport=40144 dport=30080 src=10.244.2.2 dst=172.18.0.2 sport=8080 dport=40144 [ASSURED] mark=0 use=1
tcp      6 13 TIME_WAIT src=172.18.0.1 dst=172.18.0.2 sport=40146 dport=30080 src=10.244.2.2 dst=172.18.0.2 sport=8080 dport=40146 [ASSURED] mark=0 use=1
6160`;
  expect(readForgotten(text)).toEqual({ connections: 3, unanswered: 1 });
  expect(readForgotten('conntrack v1.4.8 (conntrack-tools): 0 flow entries have been deleted.')).toEqual({
    connections: 0,
    unanswered: 0,
  });
});
