import { expect, test } from 'vitest';
import { endingOfStatus, outcomeOfErrorCode } from '../../../src/load/http/outcome.ts';

test.each([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['ETIMEDOUT', 'timeout'],
  ['TIMEOUT_CONNECT', 'timeout'],
  ['TIMEOUT_RESPONSE', 'timeout'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['NO_RESPONSE', 'otherError'],
  ['TIMEOUT_CONNECT_REUSED_PORT', 'timeout'],
  ['EADDRNOTAVAIL', 'dropped'],
  ['EMFILE', 'dropped'],
  ['ENFILE', 'dropped'],
  ['ENOBUFS', 'dropped'],
  ['HPE_INVALID_CONSTANT', 'otherError'],
  ['constructor', 'otherError'],
])('%s is the outcome %s', (code, outcome) => {
  expect(outcomeOfErrorCode(code)).toBe(outcome);
});

test.each([
  [200, 'ok'],
  [204, 'ok'],
  [301, 'ok'],
  [399, 'ok'],
  [101, 'httpError'],
  [400, 'httpError'],
  [404, 'httpError'],
  [503, 'httpError'],
])('a complete response with status %i is the outcome %s', (status, outcome) => {
  expect(endingOfStatus(status)).toEqual({ outcome, status, code: null });
});
