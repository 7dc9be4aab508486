import type { HttpAnswer } from './call.ts'

/** Characters of a reason: it stands in parked messages and logs. */
const longest = 300

/**
 * Names under which JSON errors say what is wrong, the most telling first; `detail` and `title` are of RFC 9457. Of a list
 * the first counts.
 */
const telling = ['detail', 'message', 'error_description', 'error', 'title', 'errors']

/** What an answer says about why, in one line; '' when it says nothing that people can read. */
export function reasonIn({ headers, body }: HttpAnswer): string {
  const type = String(headers['content-type'] ?? '')
  if (body.length === 0 || !/json|xml|text/i.test(type)) return ''
  const text = body.subarray(0, 4_096).toString('utf8')
  const said = (/json/i.test(type) && reasonInJson(text)) || (/xml|html/i.test(type) ? textOf(text) : text)
  return shorten(said)
}

function reasonInJson(text: string): string | undefined {
  try {
    return tellingText(JSON.parse(text))
  } catch {
    return undefined
  }
}

function tellingText(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || depth > 2) return undefined
  if (Array.isArray(value)) return tellingText(value[0], depth)
  for (const name of telling) {
    const found = tellingText((value as Record<string, unknown>)[name], depth + 1)
    if (found) return found
  }
  return undefined
}

/** The title of an HTML page, or the text of an XML document without its elements: for people only. */
function textOf(document: string): string {
  const text = /<title>([^<]*)/i.exec(document)?.[1] ?? document.replace(/<[^>]*>/g, ' ')
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}

/** In one line, of bounded length. */
export function shorten(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a target must not move our terminals or break log lines
  const line = text.replace(/[\s\x00-\x1f\x7f-\x9f]+/g, ' ').trim()
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}
