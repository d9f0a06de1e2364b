# By school, equal loadings.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, group = "school", group.equal = "loadings")
write_case(fit)
