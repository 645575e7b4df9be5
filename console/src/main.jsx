// The console: one page over the admin API. Where the user is stands in the address after '#'.
import {render} from 'preact';

import {Shell} from './shell.jsx';

render(<Shell />, document.getElementById('console'));
