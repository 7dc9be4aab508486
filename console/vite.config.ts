import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** For `npm run dev --workspace console`: the instance whose API the pages show. */
const instance = process.env.ISTHMUS_CONTROL_URL ?? 'http://127.0.0.1:8090'

export default defineConfig({
  plugins: [react()],
  build: {
    // The last Chromium for Windows 7, still found on shop floors.
    target: ['chrome109', 'firefox115', 'safari16.4'],
    // Inlined files would need data: in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': instance } },
})
