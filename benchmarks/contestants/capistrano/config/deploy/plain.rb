namespace :deploy do
  task :restart do
    on roles(:web), in: :sequence, wait: 0 do
      execute :sudo, :supervisorctl, :restart, :openlibrary
    end
  end
end
