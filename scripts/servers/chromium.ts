import { existsSync } from 'node:fs'
import type { TestServer } from './server.ts'

const browser = '/usr/bin/chromium'
/** Without it Chinese texts are boxes, of another width than readers see. */
const chinese = '/usr/share/fonts/truetype/wqy/wqy-microhei.ttc'

/** No server: a browser, for pages that are made by scripts. Its address is that of the executable. */
export const chromium: TestServer = {
  name: 'Chromium',
  variable: 'ISTHMUS_TEST_CHROMIUM',
  missingPackages: () => [
    ...(existsSync(browser) ? [] : ['chromium']),
    ...(existsSync(chinese) ? [] : ['fonts-wqy-microhei']),
  ],
  async start() {
    return existsSync(browser) ? { url: browser, stop: async () => {} } : undefined
  },
}
