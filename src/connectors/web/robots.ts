import { IsthmusError } from '../../errors.ts'
import type { HttpAnswer } from '../http/call.ts'

/** What a site allows a program, as far as it says so. */
export interface RobotRules {
  allows(path: string): boolean
  /** Seconds between two requests; 0 if it does not say. */
  readonly delay: number
}

/** By which robots.txt may name us. */
export const robotName = 'isthmus'

/** Hours for which a robots.txt is believed. Source: RFC 9309, 2.4. */
export const robotsLife = 24 * 60 * 60 * 1000

/**
 * What an answer to a request for robots.txt means. Source: RFC 9309, 2.3.1: without one everything is allowed, and while
 * it cannot be had (5xx) nothing is.
 */
export async function robotRules(origin: string, { status, body }: HttpAnswer): Promise<RobotRules> {
  if (status >= 500) {
    const text = `${origin}/robots.txt answers ${status}: until it can be read, nothing may be asked of the site.`
    throw new IsthmusError('TARGET-UNAVAILABLE', text)
  }
  if (status !== 200) return { allows: () => true, delay: 0 }
  const address = `${origin}/robots.txt`
  const parse = await loadParser()
  const rules = parse(address, Buffer.from(body.subarray(0, 512 * 1024)).toString())
  return {
    allows: path => rules.isAllowed(origin + path, robotName) !== false,
    delay: Math.min(60, rules.getCrawlDelay(robotName) ?? 0),
  }
}

type Parser = (
  url: string,
  text: string,
) => {
  isAllowed(url: string, name: string): boolean | undefined
  getCrawlDelay(name: string): number | undefined
}

async function loadParser(): Promise<Parser> {
  try {
    // Its types do not know that it is a CommonJS module.
    return (await import('robots-parser')).default as unknown as Parser
  } catch (cause) {
    const text =
      'The web connector needs the package robots-parser, and it is not installed. Run: npm install robots-parser'
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}
