module skipbeat.local/pause

go 1.23
