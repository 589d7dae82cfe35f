lock "~> 3.17"

set :application, "openlibrary"
set :repo_url, ENV.fetch("BENCH_REPOSITORY")
set :branch, ENV.fetch("BRANCH")
set :deploy_to, ENV.fetch("BENCH_DEPLOY_TO")
set :format_options, log_file: nil
set :ssh_options, config: ENV.fetch("BENCH_SSH"), forward_agent: true

server "ol-home", roles: %w{home}
server "ol-web3", roles: %w{web}
server "ol-web4", roles: %w{web}
server "ol-www1", roles: %w{balancer}

namespace :deploy do
  task :build do
    on release_roles(:all) do
      within release_path do
        with deploy_release: fetch(:current_revision) do
          execute :make, "css", "js"
        end
      end
    end
  end
  after :updated, :build

  task :restart_home do
    on roles(:home) do
      execute :sudo, :supervisorctl, :restart, :all
    end
  end
  after :publishing, :restart
  after :published, :restart_home
end
