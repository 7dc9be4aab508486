import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, keep } from './kept.ts'
import type { TestServer } from './server.ts'

const daemon = '/usr/bin/prometheus'

/**
 * Scrapes nothing until its configuration, the file that the parameter `config` of its address names, is written anew and it
 * is asked to read it (POST /-/reload).
 */
export const prometheus: TestServer = {
  name: 'Prometheus',
  variable: 'ISTHMUS_TEST_PROMETHEUS',
  missingPackages: () => (existsSync(daemon) && existsSync('/usr/bin/promtool') ? [] : ['prometheus']),
  async start(say) {
    if (!existsSync(daemon)) return undefined
    say('Starting a private Prometheus ...')
    const folder = mkdtempSync(join(tmpdir(), 'isthmus-prometheus-'))
    const config = join(folder, 'prometheus.yml')
    writeFileSync(config, 'global: {}\n')
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const server = keep(folder, 'TERM', [
      daemon,
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-lifecycle',
      '--log.level=error',
    ])
    await server.ready('Prometheus', async () => (await fetch(`${url}/-/ready`)).ok)
    return { url: `${url}?config=${encodeURIComponent(config)}`, stop: server.stop }
  },
}
