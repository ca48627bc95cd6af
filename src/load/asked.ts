/** Methods that a request may have. Not HEAD, whose answers say a length and have no body. */
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export type Method = (typeof methods)[number];

/** How a server is known over TLS. `serverName`: what its certificate has to be of. */
export type Tls = {
  readonly serverName: string;
  /** Certificates in PEM that it may be signed by; null: whoever answers is taken for it. */
  readonly ca: string | null;
};

/** What of a request is not the plain one: a GET without anything. */
export type RequestForm = {
  readonly method?: Method;
  /** Name and value. `Host` takes the place of the address. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Sent as UTF-8 with its length. */
  readonly body?: string;
  /** Left out: plain HTTP. */
  readonly tls?: Tls;
};

/** Whether a request may change something where it goes: anything but a plain GET. */
export const changesThings = ({
  method = 'GET',
  body,
}: {
  readonly method?: Method | undefined;
  readonly body?: string | undefined;
}): boolean => method !== 'GET' || body !== undefined;

export const maxHeaders = 20;
/** Of one value, in characters. */
export const maxHeaderLength = 4096;
/** In bytes. */
export const maxBodyBytes = 65_536;

/** @see RFC 9110 5.6.2, token */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** @see RFC 9110 5.5: visible characters, with blanks between */
const headerValue = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/;

/** Those by which a connection is kept or a body is framed: they are the load's own. */
const ownHeaders: readonly string[] = [
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
];

/** Why a form cannot be sent, each as `what` and what was expected; empty where it can. Pure. */
export const formProblems = ({
  method = 'GET',
  headers = [],
  body,
  tls,
}: RequestForm): readonly { readonly field: string; readonly expected: string; readonly received: unknown }[] => {
  const problems: { readonly field: string; readonly expected: string; readonly received: unknown }[] = [];
  const check = (good: boolean, field: string, expected: string, received: unknown): void => {
    if (!good) problems.push({ field, expected, received });
  };
  check((methods as readonly string[]).includes(method), 'method', `one of ${methods.join(', ')}`, method);
  check(headers.length <= maxHeaders, 'headers', `at most ${maxHeaders}`, headers.length);
  for (const [name, value] of headers) {
    // What stands there may be a part of somebody's secret, with a colon in it.
    check(headerName.test(name), 'header', "a header's name", `one of ${name.length} characters that is none`);
    check(!ownHeaders.includes(name.toLowerCase()), 'header', "none of the load's own", name);
    // What it is stays untold: it may be somebody's secret.
    check(
      headerValue.test(value) && value.length <= maxHeaderLength,
      `header ${name}`,
      `a value of at most ${maxHeaderLength} visible characters`,
      `one of ${value.length} characters`,
    );
  }
  const names = headers.map(([name]) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  check(twice === undefined, 'headers', 'each once', twice);
  const bytes = Buffer.byteLength(body ?? '');
  check(bytes <= maxBodyBytes, 'body', `at most ${maxBodyBytes} bytes`, bytes);
  check(body === undefined || method !== 'GET', 'body', 'another method than GET', method);
  check(
    tls === undefined || /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})$/.test(tls.serverName),
    'tls.serverName',
    'the name of a host',
    tls?.serverName,
  );
  return problems;
};

/** The whole request as bytes, one character each (latin1). Pure. @param authority what Host is where no header says it */
export const requestText = (
  { method = 'GET', headers = [], body }: RequestForm,
  path: string,
  authority: string,
  connection: 'close' | 'keep-alive',
): string => {
  const has = (wanted: string): boolean => headers.some(([name]) => name.toLowerCase() === wanted);
  const bytes = Buffer.from(body ?? '');
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(has('host') ? [] : [`Host: ${authority}`]),
    ...(has('user-agent') ? [] : ['User-Agent: skipbeat']),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined && (method === 'GET' || method === 'OPTIONS' || method === 'DELETE')
      ? []
      : [`Content-Length: ${bytes.length}`]),
    `Connection: ${connection}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${bytes.toString('latin1')}`;
};
