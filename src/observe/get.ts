import type { ClusterAccess } from '../cluster/index.ts';

export type GetOptions = { readonly access: ClusterAccess; readonly signal: AbortSignal; readonly timeoutMs: number };

/**
 * What the API server says at a path, as it says it: unparsed by the client's models, so that unknown fields stay.
 * @throws what the connection or the signal failed with; TimeoutError after `timeoutMs`
 */
export const get = async (
  path: string,
  { access: { client, config }, signal, timeoutMs }: GetOptions,
): Promise<{ readonly status: number; readonly text: string }> => {
  const server = config.getCurrentCluster()?.server ?? '';
  const context = new client.RequestContext(server + path, client.HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  context.setSignal(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  const response = await new client.IsomorphicFetchHttpLibrary().send(context).toPromise();
  return { status: response.httpStatusCode, text: await response.body.text() };
};
