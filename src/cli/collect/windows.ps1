param([string]$Out = "", [int[]]$ProcessId = @(), [string[]]$Logs = @(), [int]$Days = 2, [int]$MaxMB = 200, [switch]$ThreadDumps)
# usage: powershell -File collect.ps1 [-Out DIR] [-ProcessId PID,...] [-Logs DIR,...] [-Days N] [-MaxMB N] [-ThreadDumps]
#   -ThreadDumps also asks each Java process for three thread dumps with jstack: only with approval.
$ErrorActionPreference = "Continue"
$machine = $env:COMPUTERNAME
if (-not $Out) { $Out = Join-Path $env:TEMP ("goldenhour-{0}-{1}" -f $machine, (Get-Date -Format "yyyyMMddHHmmss")) }
foreach ($d in "os", "jvm", "logs") { New-Item -ItemType Directory -Force -Path (Join-Path $Out $d) -ErrorAction Stop | Out-Null }
$drive = (Get-Item $Out).PSDrive
if ($drive.Free -lt 500MB) { Write-Error "less than 500 MB free in $Out; choose another folder with -Out"; exit 4 }

# Runs one command and keeps what it prints, under a line that says when and where it ran.
function Keep([string]$File, [string]$Command) {
  Write-Host "  $Command"
  $path = Join-Path $Out $File
  "# {0} {1} > {2}" -f (Get-Date -Format "yyyy-MM-dd HH:mm:ss"), $machine, $Command | Out-File -Append -Encoding utf8 $path
  try { Invoke-Expression $Command 2>&1 | Out-String -Width 400 | Out-File -Append -Encoding utf8 $path }
  catch { "{0}: {1}" -f $Command, $_ | Out-File -Append -Encoding utf8 (Join-Path $Out "left-out.txt") }
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
if ($ThreadDumps -and (Get-Command jstack -ErrorAction SilentlyContinue)) {
  foreach ($round in 1..3) {
    foreach ($p in $ProcessId) { Keep "jvm\threads_${p}_$round.txt" "jstack -l $p" }
    if ($round -lt 3) { Start-Sleep -Seconds 20 }
  }
}
foreach ($folder in $Logs) {
  Get-ChildItem -Path $folder -Recurse -File -ErrorAction SilentlyContinue | Where-Object { $_.LastWriteTime -gt (Get-Date).AddDays(-$Days) } | ForEach-Object {
    if ($_.Length -gt $MaxMB * 1MB) {
      "{0}: {1} MB, larger than {2} MB: fetch it by itself" -f $_.FullName, [int]($_.Length / 1MB), $MaxMB | Out-File -Append -Encoding utf8 (Join-Path $Out "left-out.txt")
    } else {
      $to = Join-Path (Join-Path $Out "logs") ($_.DirectoryName -replace ":", "")
      New-Item -ItemType Directory -Force -Path $to | Out-Null
      Copy-Item -LiteralPath $_.FullName -Destination $to
    }
  }
}
Compress-Archive -Path $Out -DestinationPath "$Out.zip"
Write-Host "packed: $Out.zip"
Write-Host "next: take the file through the bastion host to the rescue PC, then: goldenhour analyze FILE.zip"
