# Node after node: out of haproxy's rotation, restarted, proven, back. What is waited for is asked every 50 ms.
require "csv"

SOCKET = "/run/haproxy/admin.sock"
BACKEND = "openlibrary"
CUTOFF = 20
PATIENCE = 60

# The block's first answer that is not false or nil; fails with the name of what was waited for.
def wait_for(what, seconds = PATIENCE)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
  until (answer = yield)
    raise "#{what}: not within #{seconds} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
    sleep 0.05
  end
  answer
end

namespace :deploy do
  task :restart do
    # Tells haproxy, or reads a server's row of its statistics; both inside `on balancer`.
    haproxy = ->(ssh, words) { ssh.capture("echo '#{words}' | sudo socat - #{SOCKET}", verbosity: :debug) }
    row = lambda do |ssh, node|
      CSV.parse(haproxy.(ssh, "show stat").delete_prefix("# "), headers: true)
         .find { |each| each["pxname"] == BACKEND && each["svname"] == node }
    end
    balancer = primary(:balancer)

    roles(:web).each do |host|
      node = host.hostname
      server = "#{BACKEND}/#{node}"
      release = nil

      on(balancer) do |_|
        ssh = self
        others = roles(:web).map(&:hostname) - [node]
        raise "#{node} is the last one in rotation" unless others.any? { |other| row.(ssh, other)["status"] == "UP" }
        haproxy.(ssh, "set server #{server} state drain")
        begin
          wait_for("#{node} is idle", CUTOFF) { row.(ssh, node)["scur"] == "0" }
        rescue RuntimeError
          haproxy.(ssh, "shutdown sessions server #{server}")
        end
        haproxy.(ssh, "set server #{server} state maint")
      end

      on(host) do |_|
        ssh = self
        release = ssh.capture(:cat, current_path.join("REVISION"))
        ssh.execute :sudo, :supervisorctl, :restart, :openlibrary
        pid = ssh.capture(:sudo, :supervisorctl, :pid, :openlibrary)
        wait_for("#{node} is well") { ssh.test("curl --silent --fail --max-time 2 http://127.0.0.1:7071/health") }
        sleep 1
        raise "#{node} was restarted again" unless ssh.capture(:sudo, :supervisorctl, :pid, :openlibrary) == pid
        version = ssh.capture("curl --silent --fail --max-time 2 http://127.0.0.1:7071/version")
        raise "#{node} runs #{version}, not #{release}" unless version.include?(release)
      end

      on(balancer) do |_|
        ssh = self
        haproxy.(ssh, "set server #{server} state drain")
        wait_for("#{node} is well for haproxy") do
          seen = row.(ssh, node)
          full = seen["check_rise"].to_i + seen["check_fall"].to_i - 1
          seen["status"] == "DRAIN" && seen["check_status"] == "L7OK" && seen["check_health"].to_i == full
        end
        haproxy.(ssh, "set server #{server} state ready")
        wait_for("#{node} is up") { row.(ssh, node)["status"] == "UP" }
        sleep 0.55
        raise "#{node} went down again" unless row.(ssh, node)["status"] == "UP"
      end
    end
  end
end
