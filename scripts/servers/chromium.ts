import { existsSync } from 'node:fs'
import type { TestServer } from './server.ts'

const browser = '/usr/bin/chromium'

/** No server: a browser, for pages that are made by scripts. Its address is that of the executable. */
export const chromium: TestServer = {
  name: 'Chromium',
  variable: 'ISTHMUS_TEST_CHROMIUM',
  missingPackages: () => (existsSync(browser) ? [] : ['chromium']),
  async start() {
    return existsSync(browser) ? { url: browser, stop: async () => {} } : undefined
  },
}
