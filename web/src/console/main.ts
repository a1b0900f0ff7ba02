import '../theme/tokens.css'
import '../theme/app.css'
import '../theme/console.css'

const root = document.getElementById('app')
if (root) root.textContent = '控制台 Console'
