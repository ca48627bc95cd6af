import { describe, expect, test } from 'vitest';
import { explain, readConfigText } from '../../../src/user-config/index.ts';
import { refusalOf } from '../../support/refusal.ts';

const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const json = '"apiVersion":"kubelet.config.k8s.io/v1beta1","kind":"KubeletConfiguration"';

const messageOf = (text: string): string => refusalOf(() => readConfigText(text, 'f')).message;

const updateOf = (text: string): number | undefined =>
  explain(readConfigText(text, 'f'), 'v1.34.4').effective?.nodeStatusUpdateFrequencyMs;

/* Each was given to the decoder of a kubelet v1.34.4, which refused it. */
describe('what Kubernetes does not read is refused', () => {
  test.each([
    ['JSON with a comma behind the last field', `{${json},"nodeStatusUpdateFrequency":"4s",}\n`],
    ['JSON with a comment', `{${json},/*x*/"nodeStatusUpdateFrequency":"4s"}\n`],
    ['JSON behind which something stands', `{${json}}{}\n`],
    ['JSON behind which a document stands', `{${json}}\n---\n${head}`],
    ['a whole document between braces', '{apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration}\n'],
    ['the same behind spaces', ' \n\t{apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration}\n'],
    ['a text without quotes in JSON', `{${json},"nodeStatusUpdateFrequency":4s}\n`],
  ])('%s', (_, text) => {
    // What was wrong with it says the parser of JSON.
    expect(messageOf(text).split(', received ')[0]).toBe(
      'f:1:1: expected JSON alone, which a text that begins with { is to Kubernetes',
    );
  });

  test.each([
    ['a bell in a comment', '# \u0007\n', 'f:3:3: expected text, received the control character U+0007'],
    ['a deleted character in a comment', '# \u007f\n', 'f:3:3: expected text, received the control character U+007F'],
    ['one of the second set', '# \u0081\n', 'f:3:3: expected text, received the control character U+0081'],
    ['nothing in quotes', 'zzz: "\u0000"\n', 'f:3:7: expected text, received the control character U+0000'],
    ['a form feed', '\f', 'f:3:1: expected text, received the control character U+000C'],
  ])('control characters: %s', (_, text, message) => {
    expect(messageOf(`${head}${text}nodeStatusUpdateFrequency: 4s\n`)).toBe(message);
  });

  test.each([
    ['a slash that is escaped', 'zzz: "a\\/b"', '6: expected an escape that YAML 1.1 has, received \\/'],
    ['half a character', 'zzz: "\\ud800"', '6: expected an escape that YAML 1.1 has, received \\ud800'],
    [
      'a character beyond the last',
      'zzz: "\\U00110000"',
      '7: expected YAML, received an error: Invalid escape sequence \\U00110000',
    ],
    [
      '? in a list',
      'zzz: [https://a?b]',
      '7: expected quotes around a text with ? within brackets, received "https://a?b"',
    ],
    ['? in a mapping', 'zzz: {a: b?}', '10: expected quotes around a text with ? within brackets, received "b?"'],
    ['a key that is none', '~: a', '1: expected a key that is text, received another one'],
    ['a key that is a list', '[a]: b', '1: expected a key that is text, received another one'],
    ['an anchor within itself', 'zzz: &a [*a]', '10: expected an anchor that does not contain itself, received *a'],
  ])('%s', (_, line, message) => {
    expect(messageOf(`${head}${line}\nnodeStatusUpdateFrequency: 4s\n`)).toBe(`f:3:${message}`);
  });

  // To go-yaml the comment ends there, and what follows is a field.
  test.each(['\r', '\u0085', '\u2028', '\u2029'])('a line that ends in another way, %j', (end) => {
    expect(messageOf(`${head}# x${end}nodeLeaseDurationSeconds: 80\n`)).toBe(
      'f:3:4: expected lines that end with a line feed',
    );
  });

  test('a second document of kubeadm between braces', () => {
    const text = [
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration',
      '{apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration}\n',
    ].join('\n---\n');
    expect(messageOf(text)).toBe(
      "f:4:1: expected JSON alone, which a text that begins with { is to Kubernetes, received an error: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    );
  });

  test('the text of a ConfigMap', () => {
    const text = [
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata: {name: kubelet-config, namespace: kube-system}',
      'data:',
      '  kubelet: |',
      `    {${json},}`,
    ].join('\n');
    expect(messageOf(text)).toBe(
      'f:5:3 kubelet:1:1: expected JSON alone, which a text that begins with { is to Kubernetes, received an error: Expected double-quoted property name in JSON at position 76 (line 1 column 77)',
    );
  });
});

describe('what it reads is read', () => {
  test.each([
    ['JSON', `{${json},"nodeStatusUpdateFrequency":"4\\u0073","staticPodURL":"\\/"}\n`],
    ['JSON with tabs', `\t{\n\t${json},\n\t"nodeStatusUpdateFrequency":"4s"}\n`],
    [
      'braces behind ---',
      `--- {apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration, nodeStatusUpdateFrequency: 4s}\n`,
    ],
    ['lines that end as on Windows', `${head}nodeStatusUpdateFrequency: 4s\n`.replaceAll('\n', '\r\n')],
    ['? outside brackets, and in quotes within', `${head}zzz: a?b\nyyy: ["a?b"]\nnodeStatusUpdateFrequency: 4s\n`],
    ['characters beyond the first 65536', `${head}# \u{1f600}\nnodeStatusUpdateFrequency: "\\x34s"\n`],
    ['an escaped backslash before a slash', `${head}zzz: "\\\\/"\nnodeStatusUpdateFrequency: 4s\n`],
    ['a key that is a number', `${head}1: a\nnodeStatusUpdateFrequency: 4s\n`],
  ])('%s', (_, text) => {
    expect(updateOf(text)).toBe(4000);
  });
});
