import { fileURLToPath } from 'node:url'

/** `file:line` of the author's code that called the public function which called this, if it can be told. */
export function callSite(): string | undefined {
  const lines = new Error().stack?.split('\n') ?? []
  const place = lines[3]?.match(/\(?((?:file:|\/|[A-Z]:).*?:\d+):\d+\)?$/)?.[1]
  return place?.startsWith('file:')
    ? fileURLToPath(place.replace(/:\d+$/, '')) + place.match(/:\d+$/)?.[0]
    : place
}
