// Line icons, 16 px, drawn for the console.
const PATHS = {
  cluster: 'M3 3.5h4v4H3zM9 3.5h4v4H9zM3 9.5h4v4H3zM9 9.5h4v4H9z',
  traffic: 'M1.5 9h2.7L6.5 3.5l3 9L11.8 9h2.7',
  enrolment: 'M4 2.5h8v11H4zM6.2 6h3.6M6.2 8.5h3.6M6.2 11h2',
  providers: 'M2.5 13.5v-8l5.5-3 5.5 3v8zM6 13.5v-4h4v4M6 6.5h.01M10 6.5h.01',
  abuse: 'M3.5 14V2.5h8.5l-2 3 2 3H3.5',
  signals: 'M8 8.2V14M5.3 10.4a3.6 3.6 0 1 1 5.4 0M3.2 12.2a6.4 6.4 0 1 1 9.6 0',
  audit: 'M6.5 9.5l3-3M5.4 7.6L3.9 9.100a2.120 2.120 0 0 0 3 3l1.5-1.500M10.6 8.400l1.5-1.500a2.120 2.120 0 0 0-3-3L7.6 5.4',
  deliveries: 'M2 4h12v8.500H2zM2.3 4.300L8 9l5.7-4.7',
  left: 'M9.5 3.500L5 8l4.5 4.5',
  inbox: 'M2.5 9l1.8-5.500h7.400L13.5 9v4h-11zM2.5 9h3.200l.8 1.600h3l.8-1.600h3.2',
  alert: 'M8 2.500l6 11H2zM8 6.800v3M8 11.700v.01',
  check: 'M3.2 8.400l3.2 3.1 6.4-6.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.5 5.500h7v8h-7zM10.3 5.300V2.500H3.500v7.800h1.8',
  lock: 'M4 7.500h8v6H4zM5.8 7.300V5.200a2.2 2.2 0 0 1 4.4 0v2.1',
  menu: 'M2.5 4.500h11M2.5 8h11M2.5 11.500h11',
  link: 'M6.5 3.500h-3v9h9v-3M9 3.500h3.500V7M12.3 3.700L7.5 8.5',
  dash: 'M4 8h8',
};

export const Icon = ({name}) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
