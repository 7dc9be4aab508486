import { Code, code } from '../code.ts'
import { settingName } from '../names.ts'
import { member, members, type Placed, type References, textAt } from '../references.ts'

const rest = 'isthmus/rest'

/**
 * How a system is told who we are, by the first scheme of the document that can be served: credentials are named after
 * the system, never taken from the document. Undefined, and a problem told, where there is none.
 */
export function authCode(
  root: Placed,
  references: References,
  system: string,
  problem: (text: string) => void,
): Code | undefined {
  const schemes = [
    ...members(member(member(root, 'components'), 'securitySchemes')),
    ...members(member(root, 'securityDefinitions')),
  ]
  const refused: string[] = []
  for (const [name, each] of ordered(schemes, root)) {
    const scheme = references.follow(each)
    const auth = scheme && schemeCode(scheme, system)
    if (auth instanceof Code) return auth
    refused.push(`${name} (${auth ?? 'described nowhere'})`)
  }
  if (refused.length > 0)
    problem(`who we are is told by ${refused.join(', ')}: give the connector its "auth" yourself`)
  return undefined
}

/** Those that the whole document asks for come first. */
function ordered(
  schemes: readonly (readonly [string, Placed])[],
  root: Placed,
): (readonly [string, Placed])[] {
  const asked = new Set(
    members(member(root, 'security')).flatMap(([, each]) => members(each).map(([name]) => name)),
  )
  return [...schemes.filter(([name]) => asked.has(name)), ...schemes.filter(([name]) => !asked.has(name))]
}

/** Code, or in a word what it is. */
function schemeCode(scheme: Placed, system: string): Code | string {
  const type = textAt(scheme, 'type') ?? 'of no type'
  const kind = (textAt(scheme, 'scheme') ?? '').toLowerCase()
  const secret = (what: string) => code`${Code.imported('secret', 'isthmus')}(${settingName(system, what)})`
  const env = (what: string) => code`${Code.imported('env', 'isthmus')}(${settingName(system, what)})`
  if (type === 'basic' || (type === 'http' && kind === 'basic'))
    return code`${Code.imported('basic', rest)}(${env('USER')}, ${secret('PASSWORD')})`
  if ((type === 'http' && kind === 'bearer') || type === 'openIdConnect')
    return code`${Code.imported('bearer', rest)}(${secret('TOKEN')})`
  const name = textAt(scheme, 'name')
  if (type === 'apiKey' && textAt(scheme, 'in') === 'header' && name && /^[!#$%&'*+.^_`|~\w-]+$/.test(name))
    return code`${Code.imported('apiKey', rest)}(${name}, ${secret('KEY')})`
  if (type === 'apiKey' && textAt(scheme, 'in') === 'query' && name)
    return code`${Code.imported('apiKey', rest)}({ query: ${name} }, ${secret('KEY')})`
  if (type === 'oauth2') return oauth2Code(scheme, system) ?? 'oauth2 of a kind that needs a person'
  return [type, kind, textAt(scheme, 'in')].filter(Boolean).join(' ')
}

/** Tokens are got by client credentials, or by a refresh token that a person has got once. */
function oauth2Code(scheme: Placed, system: string): Code | undefined {
  const flows = member(scheme, 'flows')
  const old = textAt(scheme, 'flow')
  const flow = (name: string, before: string) => (old === before ? scheme : member(flows, name))
  const [machine, person] = [
    flow('clientCredentials', 'application'),
    flow('authorizationCode', 'accessCode'),
  ]
  const used = [machine, person].find(each => textAt(each, 'tokenUrl') !== undefined)
  const url = used && textAt(used, 'tokenUrl')
  if (url === undefined || !/^https?:\/\//i.test(url)) return undefined
  const env = Code.imported('env', 'isthmus')
  const secret = Code.imported('secret', 'isthmus')
  const setting = (what: string) => settingName(system, what)
  const parts = [
    code`tokenUrl: ${env}(${setting('TOKEN_URL')}, ${url})`,
    code`clientId: ${env}(${setting('CLIENT_ID')})`,
    code`clientSecret: ${secret}(${setting('CLIENT_SECRET')})`,
    ...(used === machine ? [] : [code`refreshToken: ${secret}(${setting('REFRESH_TOKEN')})`]),
  ]
  const between = ',\n      '
  return code`${Code.imported('oauth2', rest)}(${Code.of(['{\n      ', ',\n    }'], [Code.joined(parts, between)])})`
}
