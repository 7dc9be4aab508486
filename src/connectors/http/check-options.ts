import { parseDuration } from '../../system/duration.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpOptions } from './config.ts'
import { targetOf } from './target.ts'

/** Throws what is known to be wrong with a system's options before anything is connected. */
export function checkHttpOptions(
  options: HttpOptions & { readonly url?: Setting | undefined },
  checkUrl: (url: string, system: string) => unknown = targetOf,
): void {
  const { url, timeouts = {}, endpoints = {} } = options
  if (typeof url === 'string') checkUrl(url, 'with this url')
  for (const time of [...Object.values(timeouts), endpoints.refresh, endpoints.health?.every])
    if (time !== undefined) parseDuration(time)
}
