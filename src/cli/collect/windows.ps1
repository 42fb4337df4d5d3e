param([string]$Out = "", [int[]]$ProcessId = @(), [string[]]$Logs = @(), [int]$Days = 1, [int]$MaxMB = 200, [int]$TotalMB = 2000, [int]$Every = 10, [switch]$NoThreadDumps, [switch]$HeapDump)
# usage: powershell -File collect.ps1 [-Out DIR] [-ProcessId PID,...] [-Logs DIR,...] [-Days N] [-MaxMB N] [-TotalMB N] [-Every SECONDS] [-NoThreadDumps] [-HeapDump]
#   three thread dumps of each Java process, -Every seconds apart (default 10), unless -NoThreadDumps.
#   -HeapDump also a heap dump of each process. It PAUSES the VM, a minute or more for a large heap: only with approval.
$ErrorActionPreference = "Continue"
$machine = $env:COMPUTERNAME
if (-not $Out) { $Out = Join-Path $env:TEMP ("goldenhour-{0}-{1}" -f $machine, (Get-Date -Format "yyyyMMddHHmmss")) }
foreach ($d in "os", "jvm", "logs") { New-Item -ItemType Directory -Force -Path (Join-Path $Out $d) -ErrorAction Stop | Out-Null }
$drive = (Get-Item $Out).PSDrive
if ($drive.Free -lt 500MB) { Write-Error "less than 500 MB free in $Out; choose another folder with -Out"; exit 4 }

function LeaveOut([string]$Words) { $Words | Out-File -Append -Encoding utf8 (Join-Path $Out "left-out.txt") }

# Runs one command and keeps what it prints, under a line that says when and where it ran.
function Keep([string]$File, [string]$Command) {
  Write-Host "  $Command"
  $path = Join-Path $Out $File
  "# {0} {1} > {2}" -f (Get-Date -Format "yyyy-MM-dd HH:mm:ss"), $machine, $Command | Out-File -Append -Encoding utf8 $path
  try { Invoke-Expression $Command 2>&1 | Out-String -Width 400 | Out-File -Append -Encoding utf8 $path }
  catch { LeaveOut ("{0}: {1}" -f $Command, $_) }
}

Write-Host "gathering in $Out"
Keep "os\systeminfo.txt" "systeminfo"
Keep "os\netstat.txt" "netstat -ano"
Keep "os\netstat_s.txt" "netstat -s -p tcp"
Keep "os\ipconfig.txt" "ipconfig /all"
Keep "os\route.txt" "route print"
Keep "os\tasklist.txt" "tasklist /v"
Keep "os\disks.txt" "Get-PSDrive -PSProvider FileSystem | Format-Table -AutoSize"
Keep "os\processes.txt" "Get-Process | Sort-Object WorkingSet64 -Descending | Select-Object -First 40 Id, ProcessName, CPU, WorkingSet64, HandleCount, StartTime | Format-Table -AutoSize"
Keep "os\events_system.txt" "Get-WinEvent -FilterHashtable @{LogName='System'; Level=1,2,3; StartTime=(Get-Date).AddDays(-$Days)} -MaxEvents 500 | Format-List TimeCreated, ProviderName, Id, LevelDisplayName, Message"
Keep "os\events_application.txt" "Get-WinEvent -FilterHashtable @{LogName='Application'; Level=1,2,3; StartTime=(Get-Date).AddDays(-$Days)} -MaxEvents 500 | Format-List TimeCreated, ProviderName, Id, LevelDisplayName, Message"
if ($ProcessId.Count -eq 0) { $ProcessId = @(Get-Process java, javaw -ErrorAction SilentlyContinue | ForEach-Object { $_.Id }) }
foreach ($p in $ProcessId) {
  Keep "jvm\process_$p.txt" "Get-CimInstance Win32_Process -Filter 'ProcessId=$p' | Format-List ProcessId, ParentProcessId, CreationDate, ThreadCount, HandleCount, WorkingSetSize, VirtualSize, ExecutablePath"
  if (Get-Command jcmd -ErrorAction SilentlyContinue) { Keep "jvm\flags_$p.txt" "jcmd $p VM.flags"; Keep "jvm\heap_$p.txt" "jcmd $p GC.heap_info" }
}
if (-not $NoThreadDumps) {
  if (Get-Command jstack -ErrorAction SilentlyContinue) {
    foreach ($round in 1..3) {
      foreach ($p in $ProcessId) { Keep "jvm\threads_${p}_$round.txt" "jstack -l $p" }
      if ($round -lt 3) { Start-Sleep -Seconds $Every }
    }
  } else { LeaveOut "jstack: not here; name the JDK in PATH for thread dumps" }
}
if ($HeapDump) {
  foreach ($p in $ProcessId) {
    $rss = (Get-Process -Id $p -ErrorAction SilentlyContinue).WorkingSet64
    if ($rss + 200MB -gt (Get-Item $Out).PSDrive.Free) { LeaveOut "process ${p}: no room for a heap dump" }
    else { Write-Host "  heap dump of process ${p}: the VM pauses now"; Keep "jvm\heapdump_$p.txt" "jcmd $p GC.heap_dump '$Out\jvm\heap_$p.hprof'" }
  }
}
$copied = 0
foreach ($folder in $Logs) {
  Get-ChildItem -Path $folder -Recurse -File -ErrorAction SilentlyContinue | Where-Object { $_.LastWriteTime -gt (Get-Date).AddDays(-$Days) } | ForEach-Object {
    if ($_.Length -gt $MaxMB * 1MB) {
      LeaveOut ("{0}: {1} MB, larger than {2} MB: fetch it by itself" -f $_.FullName, [int]($_.Length / 1MB), $MaxMB)
    } elseif ($copied + $_.Length -gt $TotalMB * 1MB) {
      LeaveOut ("{0}: no room within {1} MB" -f $_.FullName, $TotalMB)
    } else {
      $to = Join-Path (Join-Path $Out "logs") ($_.DirectoryName -replace ":", "")
      New-Item -ItemType Directory -Force -Path $to | Out-Null
      Copy-Item -LiteralPath $_.FullName -Destination $to
      $copied += $_.Length
    }
  }
}
Get-ChildItem -Path $Out -Recurse -File | Get-FileHash -Algorithm SHA256 | ForEach-Object { "{0}  {1}" -f $_.Hash.ToLower(), $_.Path.Substring($Out.Length + 1) } | Out-File -Encoding utf8 "$Out.hashes.txt"
Move-Item -LiteralPath "$Out.hashes.txt" -Destination (Join-Path $Out "hashes.txt")
Compress-Archive -Path $Out -DestinationPath "$Out.zip"
Write-Host "packed: $Out.zip"
Write-Host "next: take the file through the bastion host to the rescue PC, then: goldenhour analyze FILE.zip"
Write-Host "then see that $Out and $Out.zip are deleted here by whoever may"
